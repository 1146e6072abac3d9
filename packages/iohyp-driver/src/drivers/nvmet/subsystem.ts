import { DriverError, type GrantRequest } from '../../contract.ts';
import type { Configfs } from './configfs.ts';
import { dhChapSecret, type NvmetNames, serialOf } from './names.ts';
import type { ResolvedOptions } from './options.ts';
import { closePort } from './port.ts';
import type { NvmetRecord } from './volume-record.ts';

/** One instance's subsystem in the kernel: its namespaces and the clients that it allows. */
export class Subsystem {
  readonly nqn: string;
  readonly #configfs: Configfs;
  readonly #names: NvmetNames;
  readonly #instanceId: string;

  constructor(configfs: Configfs, names: NvmetNames, instanceId: string) {
    this.#configfs = configfs;
    this.#names = names;
    this.#instanceId = instanceId;
    this.nqn = names.subsystem(instanceId);
  }

  exists(): Promise<boolean> {
    return this.#configfs.has('subsystems', this.nqn);
  }

  /** With nobody allowed, and nothing in it. */
  async create(options: ResolvedOptions): Promise<void> {
    await this.#configfs.make('subsystems', this.nqn);
    await this.#configfs.write('0', 'subsystems', this.nqn, 'attr_allow_any_host');
    await this.#configfs.write(serialOf(this.#instanceId), 'subsystems', this.nqn, 'attr_serial');
    if (await this.#configfs.has('subsystems', this.nqn, 'attr_qid_max')) {
      await this.#configfs.write(String(options.maxQueues), 'subsystems', this.nqn, 'attr_qid_max');
    }
  }

  async remove(): Promise<void> {
    await closePort(this.#configfs, this.nqn);
    for (const id of await this.namespaceIds()) {
      await this.removeNamespace(id);
    }
    const prefix = this.#names.client(this.#instanceId, '');
    for (const client of await this.#configfs.list('subsystems', this.nqn, 'allowed_hosts')) {
      await this.#configfs.unlink('subsystems', this.nqn, 'allowed_hosts', client);
    }
    for (const client of await this.#configfs.list('hosts')) {
      if (client.startsWith(prefix)) {
        await this.#configfs.remove('hosts', client);
      }
    }
    await this.#configfs.remove('subsystems', this.nqn);
  }

  async namespaceIds(): Promise<readonly number[]> {
    return (await this.#configfs.list('subsystems', this.nqn, 'namespaces')).map(Number);
  }

  /** Not enabled: the kernel doesn't open the backing yet. */
  async createNamespace({ namespaceId, path, buffered, uuid }: NvmetRecord, options: ResolvedOptions): Promise<void> {
    const at = this.#namespace(namespaceId);
    await this.#configfs.make(...at);
    await this.#configfs.writeAnyway(path, ...at, 'device_path');
    await this.#configfs.write(buffered ? '1' : '0', ...at, 'buffered_io');
    await this.#configfs.writeAnyway(uuid, ...at, 'device_uuid');
    await this.#configfs.writeAnyway(uuid, ...at, 'device_nguid');
    await this.#configfs.write(String(options.anaGroupId), ...at, 'ana_grpid');
  }

  async removeNamespace(namespaceId: number): Promise<void> {
    await this.disable(namespaceId);
    await this.#configfs.remove(...this.#namespace(namespaceId));
  }

  /** Undefined when there is no such namespace. */
  devicePath(namespaceId: number): Promise<string | undefined> {
    return this.#configfs.read(...this.#namespace(namespaceId), 'device_path');
  }

  /** Only while it isn't enabled. */
  async setDevicePath(namespaceId: number, path: string): Promise<void> {
    await this.#configfs.write(path, ...this.#namespace(namespaceId), 'device_path');
  }

  async isEnabled(namespaceId: number): Promise<boolean> {
    return (await this.#configfs.read(...this.#namespace(namespaceId), 'enable')) === '1';
  }

  async enable(namespaceId: number): Promise<void> {
    await this.#configfs.write('1', ...this.#namespace(namespaceId), 'enable');
  }

  /** Resolves when the kernel has finished what was in flight, and has closed the backing. */
  async disable(namespaceId: number): Promise<void> {
    if (await this.isEnabled(namespaceId)) {
      await this.#configfs.writeAnyway('0', ...this.#namespace(namespaceId), 'enable');
      if (await this.isEnabled(namespaceId)) {
        throw new DriverError('data_plane_failed', 'the kernel still has the namespace enabled after disabling it');
      }
    }
  }

  /** The kernel looks at the backing's size, and tells the clients. */
  async announceSize(namespaceId: number): Promise<void> {
    await this.#configfs.writeAnyway('1', ...this.#namespace(namespaceId), 'revalidate_size');
  }

  async isAllowed(identity: string): Promise<boolean> {
    return this.#configfs.has('subsystems', this.nqn, 'allowed_hosts', this.#client(identity));
  }

  /** Also gives a new key to a client that has one: it counts from the next connection on, and ends none. */
  async allow({ identity, secretHex }: GrantRequest, options: ResolvedOptions): Promise<void> {
    const client = this.#client(identity);
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
    await this.#configfs.unlink('subsystems', this.nqn, 'allowed_hosts', this.#client(identity));
    await this.#configfs.remove('hosts', this.#client(identity));
  }

  #client(identity: string): string {
    return this.#names.client(this.#instanceId, identity);
  }

  #namespace(namespaceId: number): readonly string[] {
    return ['subsystems', this.nqn, 'namespaces', String(namespaceId)];
  }
}
