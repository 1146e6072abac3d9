import { isKernelError } from '../socket/kernel-error.ts';

/**
 * Runs `action` and answers what this kernel lacks for it, for a test to be skipped with: `this kernel has no vlan links`.
 * `undefined` when it worked.
 *
 * @throws whatever else goes wrong.
 */
export async function kernelLacks(what: string, action: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await action();
    return undefined;
  } catch (error) {
    if (isKernelError(error, 'EOPNOTSUPP')) return `this kernel has no ${what}`;
    throw error;
  }
}
