import type { Path } from '../operation.ts';
import type { Stage } from '../stage/stage.ts';
import type { GuestDisk } from './guest-disk.ts';
import { Scene } from './scene.ts';

/** A server with a volume. */
export interface Loaded {
  readonly serverId: string;
  readonly volumeId: string;
  /** MD5 of what the server wrote at 7 MiB. */
  readonly md5: string;
}

/** Servers that live longer than one operation, since booting one takes long. */
export class Residents {
  readonly #own: Scene;
  #server: string | undefined;
  #loaded: Loaded | undefined;
  #volumeId: string | undefined;
  #mover: Omit<Loaded, 'md5'> | undefined;

  constructor(stage: Stage, path: Path) {
    this.#own = new Scene(stage, path, this);
  }

  /** How many of them have a volume; they are on different hosts. */
  get withVolume(): number {
    return (this.#loaded === undefined ? 0 : 1) + (this.#mover === undefined ? 0 : 1);
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
    // What an attach left that failed, or volumes would run out.
    this.#volumeId ??= await this.#own.volume();
    const volumeId = this.#volumeId;
    const disk = await this.#own.attach(serverId, volumeId);
    this.#loaded = { serverId, volumeId, md5: await disk.write() };
    return this.#loaded;
  }

  /** The disk of the loaded one, wherever the guest has it now. */
  disk({ serverId, volumeId }: Loaded): Promise<GuestDisk> {
    return this.#own.disk(serverId, volumeId);
  }

  /** A server with a volume where servers can move between hosts, which have no guests. */
  async mover(): Promise<Omit<Loaded, 'md5'>> {
    if (this.#mover !== undefined) return this.#mover;
    const serverId = await this.#own.server({ zone: 'fake' });
    const volumeId = await this.#own.volume();
    await this.#own.attachOnly(serverId, volumeId);
    this.#mover = { serverId, volumeId };
    return this.#mover;
  }

  /** The mover is about to be deleted. */
  moverLeaves(): void {
    this.#mover = undefined;
  }

  /** Takes the loaded one's volume away. */
  async unload(): Promise<void> {
    const loaded = this.#loaded;
    this.#loaded = undefined;
    if (loaded !== undefined) await this.#own.detach(loaded.serverId, loaded.volumeId);
  }

  /** Removes them all. */
  async leave(): Promise<void> {
    this.#loaded = undefined;
    this.#mover = undefined;
    this.#server = undefined;
    await this.#own.cleanUp();
  }
}
