import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DriverError, type GrantRequest, type VolumeKey } from '../../contract.ts';
import type { Configfs } from './configfs.ts';
import { dhChapSecret, type NvmetNames, namespaceUuid, serialOf } from './names.ts';
import type { ResolvedOptions } from './options.ts';
import type { NvmetRecord } from './volume-record.ts';

/** The ids of a volume's namespace, and of the placeholder beside it. */
const NAMESPACE_ID = '1';
const PLACEHOLDER_ID = '2';
const PLACEHOLDER_BYTES = 4096;

/** One volume's subsystem in the kernel: its namespace, and the clients that it allows. */
export class VolumeSubsystem {
  readonly nqn: string;
  readonly #configfs: Configfs;
  readonly #names: NvmetNames;
  readonly #key: VolumeKey;

  constructor(configfs: Configfs, names: NvmetNames, key: VolumeKey) {
    this.#configfs = configfs;
    this.#names = names;
    this.#key = key;
    this.nqn = names.volume(key);
  }

  /** With nobody allowed, and a namespace that isn't enabled: the kernel doesn't open the backing yet. */
  async create({ path, buffered, uuid }: NvmetRecord, options: ResolvedOptions): Promise<void> {
    await this.#configfs.make('subsystems', this.nqn);
    await this.#configfs.write('0', 'subsystems', this.nqn, 'attr_allow_any_host');
    await this.#configfs.write(serialOf(this.#key.attachmentId), 'subsystems', this.nqn, 'attr_serial');
    if (await this.#configfs.has('subsystems', this.nqn, 'attr_qid_max')) {
      await this.#configfs.write(String(options.maxQueues), 'subsystems', this.nqn, 'attr_qid_max');
    }
    await this.#makeNamespace(NAMESPACE_ID, { path, buffered, uuid }, options);
    if (options.placeholders) await this.#makePlaceholder(options);
  }

  /** Ends every connection to it, and closes the backing. The clients' own objects stay, for whom they may be. */
  async remove(): Promise<void> {
    await removeSubsystem(this.#configfs, this.nqn);
  }

  /** Undefined when there is no such namespace. */
  devicePath(): Promise<string | undefined> {
    return this.#configfs.read(...this.#namespace(), 'device_path');
  }

  /** Only while it isn't enabled. */
  async setDevicePath(path: string): Promise<void> {
    await this.#configfs.write(path, ...this.#namespace(), 'device_path');
  }

  async isEnabled(): Promise<boolean> {
    return (await this.#configfs.read(...this.#namespace(), 'enable')) === '1';
  }

  async enable(): Promise<void> {
    await this.#configfs.write('1', ...this.#namespace(), 'enable');
  }

  /** Resolves when the kernel has finished what was in flight, and has closed the backing. */
  async disable(): Promise<void> {
    if (await this.isEnabled()) {
      await this.#configfs.writeAnyway('0', ...this.#namespace(), 'enable');
      if (await this.isEnabled()) {
        throw new DriverError('data_plane_failed', 'the kernel still has the namespace enabled after disabling it');
      }
    }
  }

  /** The kernel looks at the backing's size, and tells the clients. */
  async announceSize(): Promise<void> {
    await this.#configfs.writeAnyway('1', ...this.#namespace(), 'revalidate_size');
  }

  async isAllowed(identity: string): Promise<boolean> {
    return this.#configfs.has('subsystems', this.nqn, 'allowed_hosts', this.client(identity));
  }

  /** Also gives a new key to a client that has one: it counts from the next connection on, and ends none. */
  async allow({ identity, secretHex }: GrantRequest, options: ResolvedOptions): Promise<void> {
    const client = this.client(identity);
    await this.#configfs.make('hosts', client);
    if (options.authentication) {
      if (!(await this.#configfs.has('hosts', client, 'dhchap_key'))) {
        await this.#configfs.remove('hosts', client);
        const text =
          'this kernel can check no keys (CONFIG_NVME_TARGET_AUTH); use another one, or authentication = false';
        throw new DriverError('not_supported', text);
      }
      await this.#configfs.restrict('hosts', client, 'dhchap_key');
      await this.#configfs.write(dhChapSecret(secretHex), 'hosts', client, 'dhchap_key');
    }
    this.#configfs.linkSync(['hosts', client], ['subsystems', this.nqn, 'allowed_hosts', client]);
  }

  async disallow(identity: string): Promise<void> {
    await this.#configfs.unlink('subsystems', this.nqn, 'allowed_hosts', this.client(identity));
    await this.#configfs.remove('hosts', this.client(identity));
  }

  /** The name under which the client of this identity must come. */
  client(identity: string): string {
    return this.#names.client(this.#key.instanceId, identity);
  }

  async #makeNamespace(
    id: string,
    { path, buffered, uuid }: Pick<NvmetRecord, 'path' | 'buffered' | 'uuid'>,
    options: ResolvedOptions,
  ): Promise<void> {
    const at = this.#namespace(id);
    await this.#configfs.make(...at);
    await this.#configfs.writeAnyway(path, ...at, 'device_path');
    await this.#configfs.write(buffered ? '1' : '0', ...at, 'buffered_io');
    await this.#configfs.writeAnyway(uuid, ...at, 'device_uuid');
    await this.#configfs.writeAnyway(uuid, ...at, 'device_nguid');
    await this.#configfs.write(String(options.anaGroupId), ...at, 'ana_grpid');
  }

  /** Its file is in the instance's directory, and goes with it. */
  async #makePlaceholder(options: ResolvedOptions): Promise<void> {
    if ((await this.#configfs.read(...this.#namespace(PLACEHOLDER_ID), 'enable')) === '1') return;
    const path = join(options.runtimeDirectory, this.#key.instanceId, 'placeholder');
    await writeFile(path, Buffer.alloc(PLACEHOLDER_BYTES), { mode: 0o600 });
    const uuid = namespaceUuid(undefined, `placeholder of ${this.#key.attachmentId}`);
    await this.#makeNamespace(PLACEHOLDER_ID, { path, buffered: true, uuid }, options);
    await this.#configfs.write('1', ...this.#namespace(PLACEHOLDER_ID), 'enable');
  }

  #namespace(id = NAMESPACE_ID): readonly string[] {
    return ['subsystems', this.nqn, 'namespaces', id];
  }
}

/** Takes a subsystem from the ports that offer it, and removes it with all that is in it. */
export async function removeSubsystem(configfs: Configfs, nqn: string): Promise<void> {
  for (const port of await configfs.list('ports')) {
    await configfs.unlink('ports', port, 'subsystems', nqn);
  }
  for (const id of await configfs.list('subsystems', nqn, 'namespaces')) {
    const at = ['subsystems', nqn, 'namespaces', id];
    if ((await configfs.read(...at, 'enable')) === '1') {
      await configfs.writeAnyway('0', ...at, 'enable');
    }
    await configfs.remove(...at);
  }
  for (const client of await configfs.list('subsystems', nqn, 'allowed_hosts')) {
    await configfs.unlink('subsystems', nqn, 'allowed_hosts', client);
  }
  await configfs.remove('subsystems', nqn);
}
