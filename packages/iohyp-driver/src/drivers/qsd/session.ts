import { DriverError } from '../../contract.ts';
import type { ProcessFacts } from '../../process/process-facts.ts';
import type { QmpCallOptions } from '../../qmp/deadline.ts';
import { QmpClient } from '../../qmp/qmp-client.ts';
import { findDaemon } from './daemon.ts';
import type { InstanceDirectory } from './instance-directory.ts';
import type { ResolvedOptions } from './options.ts';

/**
 * One conversation with a running daemon. It lasts for one verb: the monitor serves one client at a time, and a client
 * that keeps it would lock out whoever comes after a restart.
 */
export interface Session {
  readonly directory: InstanceDirectory;
  readonly process: ProcessFacts;
  readonly qmp: QmpClient;
  /** For each QMP call: the verb's bounds. */
  readonly call: QmpCallOptions;
}

/** Undefined when no daemon runs. Close `qmp` afterwards. */
export async function openSession(
  options: ResolvedOptions,
  directory: InstanceDirectory,
  signal: AbortSignal,
): Promise<Session | undefined> {
  const daemon = await findDaemon(options, directory.instanceId);
  if (daemon === undefined) {
    return undefined;
  }
  const call = { signal, timeoutMs: options.verbTimeoutMs };
  return { directory, process: daemon, qmp: await QmpClient.connect(directory.qmpSocket, call), call };
}

/** Runs `action` with a session, or answers undefined when no daemon runs. */
export async function withSession<T>(
  options: ResolvedOptions,
  directory: InstanceDirectory,
  signal: AbortSignal,
  action: (session: Session) => Promise<T>,
): Promise<T | undefined> {
  const session = await openSession(options, directory, signal);
  try {
    return session === undefined ? undefined : await action(session);
  } finally {
    session?.qmp.close();
  }
}

const UNDO_TIMEOUT_MS = 5_000;

/** The same session with bounds of its own: to undo what a verb began that ran out of time. */
export function forUndoing(session: Session): Session {
  return { ...session, call: { signal: AbortSignal.timeout(UNDO_TIMEOUT_MS), timeoutMs: UNDO_TIMEOUT_MS } };
}

/** What a verb began has failed, and so has undoing it. */
export class NotUndone extends Error {
  constructor(cause: unknown, failure: unknown) {
    const [why, whyNot] = [cause, failure].map((error) => (error instanceof Error ? error.message : String(error)));
    super(`${why}; what was there before can't be put back now (${whyNot}): ask again, or adopt the instance`, {
      cause,
    });
  }
}

/**
 * Undoes what a verb began that failed, and answers what is to be thrown: why it failed, if undoing worked.
 * @param undo - gets the session with bounds of its own
 */
export async function undone(
  session: Session,
  cause: unknown,
  undo: (bounded: Session) => Promise<unknown>,
): Promise<unknown> {
  return undo(forUndoing(session)).then(
    () => cause,
    (failure: unknown) => new NotUndone(cause, failure),
  );
}

export function notOpen(directory: InstanceDirectory, attachmentId: string): DriverError {
  const { instanceId } = directory;
  return new DriverError('not_open', `volume of attachment ${attachmentId} is not open for instance ${instanceId}`);
}
