import { readdir } from 'node:fs/promises';
import { type ProcessFacts, readProcess } from './process-facts.ts';

/** Running processes whose argument vector satisfies `matches`. */
export async function findProcesses(matches: (args: readonly string[]) => boolean): Promise<readonly ProcessFacts[]> {
  const found: ProcessFacts[] = [];
  for (const entry of await readdir('/proc')) {
    const process = /^\d+$/.test(entry) ? await readProcess(Number(entry)) : undefined;
    if (process !== undefined && matches(process.args)) {
      found.push(process);
    }
  }
  return found;
}
