import { expect } from 'vitest';
import type { OpenStackClient } from '../src/index.ts';
import { scriptedCloud } from './scripted-cloud.ts';

/** One call, the request that it must become, the answer it gets, and what it must make of that. */
export interface RecordedCall {
  readonly call: (client: OpenStackClient) => PromiseLike<unknown>;
  /** `METHOD service/path?query`, decoded. */
  readonly request: string;
  readonly sends?: unknown;
  /** Header `OpenStack-API-Version`. */
  readonly microversion?: string;
  readonly status?: number;
  readonly answer?: unknown;
  /** Compared by `toMatchObject`; a list by all of its items. */
  readonly gives?: object;
}

export async function expectCall(recorded: RecordedCall): Promise<void> {
  const { answer, status = answer === undefined ? 202 : 200 } = recorded;
  const cloud = await scriptedCloud(() => ({ status, ...(answer === undefined ? {} : { body: answer }) }));
  const result = await recorded.call(cloud.client());
  const asked = cloud.requests.at(-1);
  expect(`${asked?.method} ${decodeURIComponent(asked?.path ?? '').replaceAll('+', ' ')}`).toBe(recorded.request);
  expect(asked?.body).toEqual(recorded.sends);
  expect(asked?.headers['openstack-api-version']).toBe(recorded.microversion);
  if (recorded.gives === undefined) expect(result).toBeUndefined();
  else expect(result).toMatchObject(recorded.gives);
}
