import { NamespaceError } from '../network-namespace/namespace-error.ts';
import { TenantNetworkError } from './tenant-network-error.ts';

/** One thing that a plugged network consists of. */
export interface PlugStep {
  /** For people: completes the sentence "cannot …". */
  readonly purpose: string;
  /** What is not as it should be; `undefined` when all is well. Changes nothing. */
  difference(): Promise<string | undefined>;
  /** Makes it so, whatever is there now. */
  repair(): Promise<void>;
}

async function applyStep(step: PlugStep): Promise<boolean> {
  if ((await step.difference()) === undefined) return false;
  await step.repair();
  const left = await step.difference();
  if (left === undefined) return true;
  throw new TenantNetworkError(
    'plug_incomplete',
    `${left}, although it was just set right; does another program change it?`,
  );
}

/** Runs `action`; what goes wrong in it becomes a TenantNetworkError that names the purpose. An abort stays an abort. */
export async function failingAs<T>(
  purpose: string,
  signal: AbortSignal | undefined,
  action: () => Promise<T>,
): Promise<T> {
  try {
    return await action();
  } catch (cause) {
    if (cause instanceof TenantNetworkError || signal?.aborted === true) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new TenantNetworkError('plug_failed', `cannot ${purpose}: ${reason}`, cause);
  }
}

/** Makes every step's thing so. @returns whether anything was changed. */
export async function applySteps(steps: readonly PlugStep[], signal: AbortSignal | undefined): Promise<boolean> {
  let changed = false;
  for (const step of steps) {
    signal?.throwIfAborted();
    if (await failingAs(step.purpose, signal, () => applyStep(step))) changed = true;
  }
  return changed;
}

/** What differs, step by step; what cannot even be looked at is a difference, and the last one. */
export async function stepDifferences(steps: readonly PlugStep[]): Promise<string[]> {
  const differences: string[] = [];
  for (const step of steps) {
    try {
      const difference = await step.difference();
      if (difference !== undefined) differences.push(difference);
    } catch (error) {
      if (!(error instanceof TenantNetworkError || error instanceof NamespaceError)) throw error;
      if (differences.length === 0) differences.push(error.message);
      break;
    }
  }
  return differences;
}
