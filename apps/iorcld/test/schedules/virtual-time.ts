import { vi } from 'vitest';
import { Violation } from './violation.ts';

/** Where each history begins. */
const BEGINNING = Date.UTC(2026, 0, 1);

/**
 * Timers and clock of a history. They go on only when nothing else is left to do, from one timer to the next: so the same
 * seed has the same history, and waiting takes no time.
 */
export class VirtualTime {
  constructor() {
    vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'], now: BEGINNING });
  }

  /** By days, back or forth. Timers don't notice. */
  jump(milliseconds: number): void {
    vi.setSystemTime(Date.now() + milliseconds);
  }

  /** @throws Violation where it waits for what never comes */
  async untilEnded<T>(what: string, action: Promise<T>): Promise<T> {
    let ended = false;
    const end = (): void => {
      ended = true;
    };
    action.then(end, end);
    for (;;) {
      // Whatever can go on has gone on then.
      await new Promise<void>((resolve) => setImmediate(resolve));
      if (ended) return action;
      if (vi.getTimerCount() === 0) throw new Violation(`${what} waits for what never comes`);
      vi.advanceTimersToNextTimer();
    }
  }

  end(): void {
    vi.useRealTimers();
  }
}
