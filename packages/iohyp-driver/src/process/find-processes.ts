import { readdir } from 'node:fs/promises';
import { type ProcessFacts, readArguments, readProcess } from './process-facts.ts';

/** Running processes whose argument vector satisfies `matches`. */
export async function findProcesses(matches: (args: readonly string[]) => boolean): Promise<readonly ProcessFacts[]> {
  const pids = (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry)).map(Number);
  const found = await Promise.all(
    pids.map(async (pid) => (matches((await readArguments(pid)) ?? []) ? readProcess(pid) : undefined)),
  );
  // A pid may have gone to another process between the two looks.
  return found.filter((process) => process !== undefined).filter(({ args }) => matches(args));
}
