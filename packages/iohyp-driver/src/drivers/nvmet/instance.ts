import type { Configfs } from './configfs.ts';
import { type NvmetNames, serialOf } from './names.ts';
import { closePort } from './port.ts';
import { removeSubsystem } from './subsystem.ts';

/**
 * An instance's way in: a port inside the tenant's network, and a subsystem without namespaces which nobody may use. It keeps
 * the port listening, whatever becomes of the volumes' own subsystems, and says whose the port is.
 */
export class Instance {
  readonly nqn: string;
  readonly #configfs: Configfs;
  readonly #names: NvmetNames;
  readonly #instanceId: string;

  constructor(configfs: Configfs, names: NvmetNames, instanceId: string) {
    this.#configfs = configfs;
    this.#names = names;
    this.#instanceId = instanceId;
    this.nqn = names.instance(instanceId);
  }

  exists(): Promise<boolean> {
    return this.#configfs.has('subsystems', this.nqn);
  }

  async create(): Promise<void> {
    await this.#configfs.make('subsystems', this.nqn);
    await this.#configfs.write('0', 'subsystems', this.nqn, 'attr_allow_any_host');
    await this.#configfs.write(serialOf(this.#instanceId), 'subsystems', this.nqn, 'attr_serial');
  }

  /** With all of the instance that the kernel has: what is left of volumes and clients, too. */
  async remove(): Promise<void> {
    await closePort(this.#configfs, this.nqn);
    for (const nqn of await this.#configfs.list('subsystems')) {
      if (nqn !== this.nqn && this.#names.instanceOf(nqn) === this.#instanceId) {
        await removeSubsystem(this.#configfs, nqn);
      }
    }
    const prefix = this.#names.client(this.#instanceId, '');
    for (const client of await this.#configfs.list('hosts')) {
      if (client.startsWith(prefix)) {
        await this.#configfs.remove('hosts', client);
      }
    }
    // Last: by it a crash's leftovers are found.
    await removeSubsystem(this.#configfs, this.nqn);
  }
}
