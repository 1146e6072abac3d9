import { createHash } from 'node:crypto';

/** Names of one volume's parts inside the daemon. QEMU allows 31 characters, so the attachment's uuid doesn't fit. */
export interface BlockNames {
  /** Node that talks to the storage. */
  readonly storage: string;
  /** Node above it that takes the content as it is. */
  readonly raw: string;
  readonly export: string;
  /** Thread that serves the volume. */
  readonly ioThread: string;
  /** What all of these names begin with, and what those of all stages begin with. */
  readonly prefix: string;
  readonly stagePrefix: string;
  /** Object that holds the nth secret while the storage is being opened, from 0. */
  secret(index: number): string;
  /** Filter node of the nth interposer, from 0. */
  stage(index: number): string;
}

export function blockNames(attachmentId: string): BlockNames {
  const base = `v${createHash('sha256').update(attachmentId).digest('hex').slice(0, 18)}`;
  return {
    storage: `${base}-store`,
    raw: `${base}-raw`,
    export: `${base}-export`,
    ioThread: `${base}-io`,
    prefix: `${base}-`,
    stagePrefix: `${base}-f`,
    secret: (index) => `${base}-s${index}`,
    stage: (index) => `${base}-f${index}`,
  };
}
