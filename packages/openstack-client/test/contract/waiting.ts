import { expect, vi } from 'vitest';
import { NotFoundError } from '../../src/index.ts';

/** Longest wait for a state: an emulated server may take half a minute to boot. */
const PATIENCE = { timeout: 120_000, interval: 200 };

/** Waits until `read` answers what is wanted. */
export async function eventually(read: () => Promise<unknown>, wanted: unknown): Promise<void> {
  await vi.waitFor(async () => expect(await read()).toEqual(wanted), PATIENCE);
}

export async function eventuallyGone(read: () => Promise<unknown>): Promise<void> {
  const state = (): Promise<string> =>
    read().then(
      () => 'there',
      (error: unknown) => (error instanceof NotFoundError ? 'gone' : String(error)),
    );
  await eventually(state, 'gone');
}
