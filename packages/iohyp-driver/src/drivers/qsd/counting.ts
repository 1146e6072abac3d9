import { chown, mkdir, readFile, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import * as z from 'zod';
import type { CountedBy, PreparedBackend } from '../../backends/backend.ts';
import type { IoCounters } from '../../contract.ts';
import {
  countersSince,
  type DisksAtOpening,
  disksAtOpening,
  disksNow,
  isSameDevice,
} from '../../counters/disk-statistics.ts';
import { readLibrbdCounters } from '../../counters/librbd-counters.ts';
import { writeWhole } from '../json-file.ts';
import type { InstanceDirectory } from './instance-directory.ts';

/** How to find out what a volume's storage did since the volume was opened. */
export type Counting =
  | { readonly kind: 'kernel'; readonly opened: DisksAtOpening }
  | { readonly kind: 'librbd'; readonly image: string };

export const counting: z.ZodType<Counting> = z.union([
  z.object({ kind: z.literal('kernel'), opened: disksAtOpening }),
  z.object({ kind: z.literal('librbd'), image: z.string() }),
]);

export interface CountedBackend {
  readonly backend: PreparedBackend;
  /** Undefined where nobody counts. */
  readonly counting: Counting | undefined;
}

/**
 * To be asked before the storage is opened: answers it as it is to be opened, so that it is counted.
 * @param was how the same volume was counted before its daemon was made anew: what the kernel has counted goes on
 */
export async function beginCounting(
  directory: InstanceDirectory,
  attachmentId: string,
  backend: PreparedBackend,
  was?: Counting,
): Promise<CountedBackend> {
  switch (backend.countedBy?.kind) {
    case 'kernel': {
      const now = await disksNow(backend.countedBy.device);
      const goesOn = was?.kind === 'kernel' && isSameDevice(was.opened, now);
      return { backend, counting: goesOn ? was : now && { kind: 'kernel', opened: now } };
    }
    case 'librbd':
      return withAdminSocket(directory, attachmentId, backend, backend.countedBy);
    case undefined:
      return { backend, counting: undefined };
  }
}

/** Removes what {@link beginCounting} made, and the socket that a daemon which was killed has left. */
export async function endCounting(directory: InstanceDirectory, attachmentId: string): Promise<void> {
  await rm(directory.cephDirectory(attachmentId), { recursive: true, force: true });
  await rm(directory.cephAdminSocket(attachmentId), { force: true });
}

const ANSWER_WITHIN_MS = 1_000;

/** Undefined where nobody counts, or who counts doesn't say: counters never keep anything else from being known. */
export async function readCounters(
  directory: InstanceDirectory,
  { attachmentId, counting: how }: { readonly attachmentId: string; readonly counting?: Counting | undefined },
  signal: AbortSignal,
): Promise<IoCounters | undefined> {
  switch (how?.kind) {
    case 'kernel':
      return countersSince(how.opened);
    case 'librbd': {
      const bounds = { signal, timeoutMs: ANSWER_WITHIN_MS };
      return readLibrbdCounters(directory.cephAdminSocket(attachmentId), how.image, bounds).catch(() => undefined);
    }
    case undefined:
      return undefined;
  }
}

/** What Ceph's configuration takes without quotes, and what it can bind (unix(7)). */
const PLAIN_PATH = /^[\w./-]{1,107}$/;

/**
 * librbd tells what it counts on an admin socket. QEMU has no option for that but Ceph's configuration, which here is the
 * operator's with one setting more: the last of its name counts, and that of the client before all others. Each volume is
 * a client of Ceph by itself, and so has a socket of its own.
 */
async function withAdminSocket(
  directory: InstanceDirectory,
  attachmentId: string,
  backend: PreparedBackend,
  { configuration, user, image }: CountedBy & { readonly kind: 'librbd' },
): Promise<CountedBackend> {
  const socket = directory.cephAdminSocket(attachmentId);
  if (!PLAIN_PATH.test(socket)) {
    return { backend, counting: undefined };
  }
  const text = await readFile(configuration, 'utf8');
  await endCounting(directory, attachmentId);
  const { owner } = directory;
  const cephDirectory = directory.cephDirectory(attachmentId);
  await mkdir(cephDirectory, { mode: 0o700 });
  if (owner !== undefined) {
    await chown(cephDirectory, owner.uid, owner.gid);
  }
  // Its name is the cluster's: other settings, such as where keyrings are, are made of it.
  const own = join(cephDirectory, basename(configuration));
  await writeWhole(own, `${text}\n[client.${user}]\nadmin_socket = ${socket}\n`, owner);
  return {
    backend: { ...backend, blockdev: { ...backend.blockdev, conf: own } },
    counting: { kind: 'librbd', image },
  };
}
