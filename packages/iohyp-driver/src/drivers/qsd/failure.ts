import { DriverError, type DriverErrorCode } from '../../contract.ts';
import { QmpError } from '../../qmp/qmp-error.ts';
import { NotUndone } from './session.ts';

/** Where a verb was when it failed. */
export interface Where {
  /** For the message, e.g. `open file /x for attachment A`. */
  readonly doing: string;
  readonly instanceId: string;
  readonly attachmentId?: string;
}

/** Why a verb had to stop early: the caller's signal, or the driver's own bound. */
export type Interruption = 'aborted' | 'timeout' | undefined;

/** Turns whatever went wrong into the contract's error. `refused` is the code for a command that QEMU refused. */
export function asDriverError(
  error: unknown,
  where: Where,
  interruption: Interruption,
  refused: DriverErrorCode = 'data_plane_failed',
): DriverError {
  const { doing, ...ids } = where;
  if (error instanceof DriverError) {
    const { retryable, safeToRollBack } = error;
    const facts = { ...ids, retryable, safeToRollBack, cause: error };
    return error.instanceId === undefined ? new DriverError(error.code, `${doing}: ${error.message}`, facts) : error;
  }
  const make = (code: DriverErrorCode, text: string, retryable: boolean): DriverError =>
    new DriverError(code, `${doing}: ${text}`, { ...ids, retryable, cause: error });
  if (error instanceof QmpError && error.code === 'command_failed') {
    return isLocked(error) ? make('conflict', inUse(error), false) : make(refused, error.message, false);
  }
  if (error instanceof NotUndone) {
    const code = interruption ?? (error.cause instanceof DriverError ? error.cause.code : 'data_plane_failed');
    const facts = { ...ids, retryable: true, safeToRollBack: false, cause: error };
    return new DriverError(code, `${doing}: ${error.message}`, facts);
  }
  if (interruption === 'aborted') {
    return make('aborted', 'aborted; `inspect` tells how far it got', true);
  }
  if (interruption === 'timeout' || (error instanceof QmpError && error.code === 'timeout')) {
    return make('timeout', 'not done in time; `inspect` tells how far it got', true);
  }
  if (error instanceof QmpError) {
    return make('data_plane_failed', `${error.message}; the data plane may have died`, error.retryable);
  }
  return make('data_plane_failed', error instanceof Error ? error.message : String(error), false);
}

/** QEMU's image locking, block/file-posix.c. */
function isLocked(error: QmpError): boolean {
  return /^Failed to (get|lock) /.test(error.description ?? '');
}

function inUse(error: QmpError): string {
  return `${error.message}: the storage is in use elsewhere, and two writers would destroy it`;
}
