import { DriverError, type DriverErrorCode } from '../../contract.ts';
import { QmpError } from '../../qmp/qmp-error.ts';
import { asDriverError, type Interruption, type VerbSubject } from '../verb-failure.ts';
import { NotUndone } from './session.ts';

/** Turns whatever went wrong in a verb into the contract's error. */
export function qsdFailure(error: unknown, subject: VerbSubject, interruption: Interruption): DriverError {
  const { doing, ...ids } = subject;
  const make = (code: DriverErrorCode, text: string, retryable: boolean): DriverError =>
    new DriverError(code, `${doing}: ${text}`, { ...ids, retryable, cause: error });
  if (error instanceof NotUndone) {
    const code = interruption ?? (error.cause instanceof DriverError ? error.cause.code : 'data_plane_failed');
    const facts = { ...ids, retryable: true, safeToRollBack: false, cause: error };
    return new DriverError(code, `${doing}: ${error.message}`, facts);
  }
  if (!(error instanceof QmpError)) {
    return asDriverError(error, subject, interruption);
  }
  if (error.code === 'command_failed') {
    return asDriverError(refusal(error, 'data_plane_failed'), subject, interruption);
  }
  if (interruption !== undefined) {
    return make(interruption, `${error.message}; \`inspect\` tells how far it got`, true);
  }
  if (error.code === 'timeout') {
    return make('timeout', `${error.message}; \`inspect\` tells how far it got`, true);
  }
  return make('data_plane_failed', `${error.message}; the data plane may have died`, error.retryable);
}

/** What a command that QEMU refused means; everything else is left as it is. */
export function refusal(error: unknown, code: DriverErrorCode): unknown {
  if (!(error instanceof QmpError) || error.code !== 'command_failed') {
    return error;
  }
  return isLocked(error)
    ? new DriverError('conflict', inUse(error), { cause: error })
    : new DriverError(code, error.message, { cause: error });
}

/** QEMU's image locking, block/file-posix.c. */
function isLocked(error: QmpError): boolean {
  return /^Failed to (get|lock) /.test(error.description ?? '');
}

function inUse(error: QmpError): string {
  return `${error.message}: the storage is in use elsewhere, and two writers would destroy it`;
}
