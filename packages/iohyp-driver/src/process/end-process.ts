import { setTimeout as delay } from 'node:timers/promises';
import { isRunning, type ProcessFacts, readProcess } from './process-facts.ts';

/** The kernel offers no event for the end of a process that isn't our child (pidfds need a native call). */
const LOOK_EVERY_MS = 10;

/** Resolves when the process is gone. Rejects with the signal's reason when that comes first. */
export async function waitUntilGone(known: ProcessFacts, signal: AbortSignal): Promise<void> {
  while (await isRunning(known)) {
    signal.throwIfAborted();
    await delay(LOOK_EVERY_MS);
  }
}

/**
 * Sends a signal to this very process: same pid, same start time, same command line as when it was found. Answers whether
 * it was still there. A pid that has gone to another process since is never signalled.
 */
export async function signalProcess(known: ProcessFacts, signal: NodeJS.Signals): Promise<boolean> {
  const now = await readProcess(known.pid);
  if (now === undefined || now.startTicks !== known.startTicks || now.args.join('\0') !== known.args.join('\0')) {
    return false;
  }
  try {
    process.kill(known.pid, signal);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') {
      return false;
    }
    throw error;
  }
}
