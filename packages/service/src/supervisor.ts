import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describeError, type Logger } from './logger.ts';

/** Whoever started this service and watches it. */
export interface Supervisor {
  /** After so long without {@link alive} the service is ended; undefined: nobody watches. */
  readonly watchdogMs: number | undefined;
  ready(): Promise<void>;
  reloading(): Promise<void>;
  stopping(): Promise<void>;
  /** One line for people, shown by `systemctl status`. */
  status(text: string): Promise<void>;
  alive(): Promise<void>;
}

/**
 * systemd, if it started this process (`NOTIFY_SOCKET`); else nobody, and every call does nothing.
 *
 * Node has no datagram sockets of the family unix, so messages go through `systemd-notify`, in order; the unit needs
 * `NotifyAccess=all`. The variables are taken out of the environment: no process that this one starts may speak for it.
 *
 * @see https://www.freedesktop.org/software/systemd/man/latest/sd_notify.html
 */
export function systemd(logger: Logger, environment: NodeJS.ProcessEnv = process.env): Supervisor {
  const { NOTIFY_SOCKET: socket, WATCHDOG_USEC: microseconds, WATCHDOG_PID: watched } = environment;
  for (const name of ['NOTIFY_SOCKET', 'WATCHDOG_USEC', 'WATCHDOG_PID']) delete environment[name];
  if (socket === undefined || socket === '') return nobody;
  const forUs = watched === undefined || Number(watched) === process.pid;
  let last = Promise.resolve();
  const send = (...assignments: string[]): Promise<void> => {
    last = last
      .then(() => notify(socket, assignments))
      .catch((cause: unknown) => {
        logger.warn(`systemd was not told ${assignments.join(' ')}: ${describeError(cause)}`);
      });
    return last;
  };
  return {
    watchdogMs: microseconds === undefined || !forUs ? undefined : Number(microseconds) / 1_000,
    ready: () => send('READY=1', `MAINPID=${process.pid}`),
    // The monotonic time tells systemd which READY answers this reload.
    reloading: () => send('RELOADING=1', `MONOTONIC_USEC=${process.hrtime.bigint() / 1_000n}`),
    stopping: () => send('STOPPING=1'),
    status: (text) => send(`STATUS=${text.replaceAll(/\s+/g, ' ')}`),
    alive: () => send('WATCHDOG=1'),
  };
}

const nobody: Supervisor = {
  watchdogMs: undefined,
  ready: async () => {},
  reloading: async () => {},
  stopping: async () => {},
  status: async () => {},
  alive: async () => {},
};

async function notify(socket: string, assignments: readonly string[]): Promise<void> {
  const child = spawn('systemd-notify', [...assignments], {
    env: { PATH: process.env['PATH'], NOTIFY_SOCKET: socket },
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: 10_000,
  });
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint += text;
  });
  const [status, signal] = await once(child, 'close');
  if (status !== 0) throw new Error(`systemd-notify ended with ${status ?? signal}: ${complaint.trim()}`);
}
