import { createHash } from 'node:crypto';
import { chown, mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import type { Listener } from '../../contract.ts';
import { readJson, writeJson } from '../json-file.ts';
import { isIdentifier } from '../volume-key.ts';
import type { DaemonUser } from './confinement.ts';

/** Where an instance's daemon listens: fixed for the daemon's life. */
export type ListenerRecord = Pick<Listener, 'address' | 'port'>;

const listenerRecord: z.ZodType<ListenerRecord> = z.object({ address: z.string(), port: z.int() });

/** Everything on disk that belongs to one instance's daemon. Goes with the daemon. */
export class InstanceDirectory {
  readonly instanceId: string;
  readonly path: string;
  /** Whom the daemon's own files belong to; without it, to us. Records are always ours alone. */
  readonly owner: DaemonUser | undefined;
  readonly #runtimeDirectory: string;

  constructor(runtimeDirectory: string, instanceId: string, owner?: DaemonUser) {
    this.instanceId = instanceId;
    this.owner = owner;
    this.#runtimeDirectory = runtimeDirectory;
    this.path = join(runtimeDirectory, instanceId);
  }

  get qmpSocket(): string {
    return join(this.path, 'qmp.sock');
  }

  /** A second monitor: whoever holds a connection to it learns of the daemon's end. */
  get watchSocket(): string {
    return join(this.path, 'watch.sock');
  }

  /** Written and removed by the daemon itself. Its path on the daemon's command line is the mark we know it by. */
  get pidFile(): string {
    return join(this.path, 'daemon.pid');
  }

  get logFile(): string {
    return join(this.path, 'daemon.log');
  }

  get keysDirectory(): string {
    return join(this.path, 'keys');
  }

  /** Only there when clients are known by certificates. */
  get clientNamesFile(): string {
    return join(this.keysDirectory, 'clients.json');
  }

  get volumesDirectory(): string {
    return join(this.path, 'volumes');
  }

  /** Where Ceph's client of a volume answers. A short name: the path of a unix socket holds 107 bytes (unix(7)). */
  cephAdminSocket(attachmentId: string): string {
    return join(this.path, `c${createHash('sha256').update(attachmentId).digest('hex').slice(0, 8)}`);
  }

  /** Where the configuration of that client is. */
  cephDirectory(attachmentId: string): string {
    return join(this.path, `ceph-${attachmentId}`);
  }

  async create(listener: ListenerRecord): Promise<void> {
    // Others may pass through, but not look around.
    await mkdir(this.#runtimeDirectory, { recursive: true, mode: 0o711 });
    await mkdir(this.path, { recursive: true, mode: 0o700 });
    await mkdir(this.keysDirectory, { mode: 0o700 });
    await mkdir(this.volumesDirectory, { mode: 0o700 });
    if (this.owner !== undefined) {
      await chown(this.path, this.owner.uid, this.owner.gid);
      await chown(this.keysDirectory, this.owner.uid, this.owner.gid);
    }
    await writeJson(join(this.path, 'listener.json'), { address: listener.address, port: listener.port });
  }

  readListener(): Promise<ListenerRecord | undefined> {
    return readJson(join(this.path, 'listener.json'), listenerRecord);
  }

  async remove(): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
  }
}

/** Instances that have a directory. */
export async function instancesWithDirectory(runtimeDirectory: string): Promise<readonly string[]> {
  try {
    return (await readdir(runtimeDirectory)).filter(isIdentifier);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
      return [];
    }
    throw error;
  }
}
