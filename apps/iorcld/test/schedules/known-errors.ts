import { DriverError } from '@iorcl/iohyp-driver';
import { AttachmentError } from '../../src/attachment/error.ts';
import { CloudError } from '../../src/cloud/contract.ts';
import { JournalError } from '../../src/journal/journal.ts';
import { Killed } from '../mortal-process.ts';
import { Mishap } from './gremlin.ts';
import { Violation } from './violation.ts';

/** What iorcld, or what it drives, may fail with. */
const KNOWN = [AttachmentError, CloudError, DriverError, JournalError, Killed, Mishap];

/**
 * Whatever iorcld refuses or fails with for a reason is fine. A mistake in its own code (a TypeError, a schema that
 * something of its own doesn't fit) is not, however deep among the causes it hides.
 *
 * @throws Violation
 */
export function refuseUnknown(error: unknown): void {
  if (error instanceof Violation) throw error;
  for (let one: unknown = error; one !== undefined; one = one instanceof Error ? one.cause : undefined) {
    if (KNOWN.some((known) => one instanceof known)) continue;
    // Steps say so what they found, and so does SQLite.
    if (one instanceof Error && Object.getPrototypeOf(one) === Error.prototype) continue;
    throw new Violation(`iorcld failed with what it has no name for: ${stackOf(one)}`, { cause: error });
  }
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
