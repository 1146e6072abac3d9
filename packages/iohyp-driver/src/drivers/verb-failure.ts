import { CommandError } from '../command/command-error.ts';
import { DriverError, type DriverErrorCode } from '../contract.ts';

/** What a verb is about, for messages. */
export interface VerbSubject {
  /** Such as `open volume of attachment A`. */
  readonly doing: string;
  readonly instanceId?: string;
  readonly attachmentId?: string;
}

/** Why a verb had to stop early: the caller's signal, or the driver's own bound. */
export type Interruption = 'aborted' | 'timeout' | undefined;

/** Turns whatever went wrong into the contract's error. */
export function asDriverError(error: unknown, subject: VerbSubject, interruption: Interruption): DriverError {
  const { doing, ...ids } = subject;
  if (error instanceof DriverError) {
    const { code, retryable, safeToRollBack } = error;
    const known = error.instanceId !== undefined;
    return known
      ? error
      : new DriverError(code, `${doing}: ${error.message}`, { ...ids, retryable, safeToRollBack, cause: error });
  }
  const code: DriverErrorCode = interruption ?? 'data_plane_failed';
  const retryable = interruption !== undefined || (error instanceof CommandError && error.retryable);
  const why = error instanceof Error ? error.message : String(error);
  const text = interruption === undefined ? why : `${why}; \`inspect\` tells how far it got`;
  return new DriverError(code, `${doing}: ${text}`, { ...ids, retryable, cause: error });
}
