import type { VolumeState } from '@iorcl/iohyp-driver';
import type { FakeDataPlane, FakeDriver, FakePlugs } from './fake-world.ts';

const EVERY_ADDRESS = '::';

/** What a compute host was told of an export. */
export interface ClientAccess {
  readonly address: string;
  readonly port: number;
  readonly exportName: string;
  readonly identity: string;
  readonly secretHex: string;
}

/** A connection lasts as long as the process and the export that it was made to, whatever becomes of the right to it. */
interface Connection {
  readonly dataPlane: FakeDataPlane;
  readonly carrier: string;
  readonly exporting: number;
}

/**
 * A compute host's end of an export, as an NBD client is one: it connects from inside its tenant's network with nothing
 * but what it was told, stays connected, and connects again when it was cut off.
 */
export class FakeClient {
  readonly #driver: FakeDriver;
  readonly #plugs: FakePlugs;
  readonly #network: string;
  readonly #access: ClientAccess;
  #connection: Connection | undefined;

  /** @param network key of the tenant network that this client is in */
  constructor(driver: FakeDriver, plugs: FakePlugs, network: string, access: ClientAccess) {
    this.#driver = driver;
    this.#plugs = plugs;
    this.#network = network;
    this.#access = access;
  }

  /** Whether it is connected now; tries to be. */
  connect(): boolean {
    return this.#disk() !== undefined;
  }

  /** Answers whether the write was acknowledged. One that is not had no effect. */
  write(block: number, text: string): boolean {
    const disk = this.#disk();
    disk?.set(block, text);
    return disk !== undefined;
  }

  /** All blocks that were ever written, by anybody; undefined: nobody answers. */
  read(): ReadonlyMap<number, string> | undefined {
    return this.#disk();
  }

  /** The storage that is really open behind the export. */
  #disk(): Map<number, string> | undefined {
    if (!this.#plugs.plugged.has(this.#network)) return undefined;
    if (this.#connection === undefined || !this.#lives(this.#connection)) this.#connection = this.#connectAnew();
    if (this.#connection === undefined) return undefined;
    const { dataPlane, carrier } = this.#connection;
    const storage = dataPlane.storages.get(carrier);
    const disk = this.#driver.disks.get(storage) ?? new Map<number, string>();
    this.#driver.disks.set(storage, disk);
    return disk;
  }

  #lives({ dataPlane, carrier, exporting }: Connection): boolean {
    const runs = [...this.#driver.instances.values()].includes(dataPlane);
    const volume = dataPlane.volumes.get(carrier);
    return runs && volume?.exportName !== undefined && this.#exportings(volume.exportName) === exporting;
  }

  #connectAnew(): Connection | undefined {
    const { exportName, identity, secretHex } = this.#access;
    const dataPlane = this.#listening();
    const volume = [...(dataPlane?.volumes.values() ?? [])].find((one) => one.exportName === exportName);
    if (dataPlane === undefined || volume === undefined || !admits(volume, identity)) return undefined;
    if (this.#driver.secrets.get(identity) !== secretHex) return undefined;
    return { dataPlane, carrier: volume.attachmentId, exporting: this.#exportings(exportName) };
  }

  /** Whoever listens on the address and port that this client was told, in its own network. */
  #listening(): FakeDataPlane | undefined {
    return [...this.#driver.instances.values()].find(({ socket }) => {
      const at = this.#plugs.sockets.get(socket);
      if (at?.network !== this.#network || at.port !== this.#access.port) return false;
      return at.address === this.#access.address || at.address === EVERY_ADDRESS;
    });
  }

  #exportings(exportName: string): number {
    return this.#driver.exportings.get(exportName) ?? 0;
  }
}

function admits({ grants }: VolumeState, identity: string): boolean {
  return grants.includes(identity);
}
