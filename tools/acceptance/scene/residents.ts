import type { Path } from '../operation.ts';
import type { Stage } from '../stage/stage.ts';
import type { GuestDisk } from './guest-disk.ts';
import { Scene } from './scene.ts';

/** A resident with a volume. */
export interface Loaded {
  readonly serverId: string;
  readonly volumeId: string;
  /** MD5 of what its owner wrote at 7 MiB. */
  readonly md5: string;
}

/** Servers that live longer than one operation, since booting one takes long. Whoever broke one gets a new one. */
export class Residents {
  readonly #own: Scene;
  #server: string | undefined;
  #loaded: Loaded | undefined;

  constructor(stage: Stage, path: Path) {
    this.#own = new Scene(stage, path, this);
  }

  /** Volumes that residents have attached. */
  get attachedVolumes(): number {
    return this.#loaded === undefined ? 0 : 1;
  }

  /** A running server without volumes. */
  async bare(): Promise<string> {
    await this.unload();
    this.#server ??= await this.#own.server();
    return this.#server;
  }

  /** A running server with a volume that has been written. */
  async loaded(): Promise<Loaded> {
    if (this.#loaded !== undefined) return this.#loaded;
    const serverId = await this.bare();
    const volumeId = await this.#own.volume();
    const disk = await this.#own.attach(serverId, volumeId);
    this.#loaded = { serverId, volumeId, md5: await disk.write() };
    return this.#loaded;
  }

  /** The disk of the loaded one, wherever the guest has it now. */
  disk({ serverId, volumeId }: Loaded): Promise<GuestDisk> {
    return this.#own.disk(serverId, volumeId);
  }

  async unload(): Promise<void> {
    const loaded = this.#loaded;
    this.#loaded = undefined;
    if (loaded !== undefined) await this.#own.detach(loaded.serverId, loaded.volumeId);
  }

  /** Removes them all. */
  async leave(): Promise<void> {
    this.#loaded = undefined;
    this.#server = undefined;
    await this.#own.cleanUp();
  }
}
