import type { Guests } from '../stage/guests.ts';

/** A volume as the guest has it: a disk whose serial is the beginning of the volume's id. */
export class GuestDisk {
  readonly serverId: string;
  readonly volumeId: string;
  /** For instance `/dev/vdb`; changes when the guest boots anew. */
  readonly device: string;
  readonly #guests: Guests;

  private constructor(guests: Guests, serverId: string, volumeId: string, device: string) {
    this.#guests = guests;
    this.serverId = serverId;
    this.volumeId = volumeId;
    this.device = device;
  }

  /** Waits until the guest has the volume. */
  static async find(guests: Guests, serverId: string, volumeId: string): Promise<GuestDisk> {
    const script = `for i in $(seq 100); do
      for d in /sys/block/vd*; do
        [ "$(cat $d/serial 2>/dev/null)" = ${serialOf(volumeId)} ] && [ "$(cat $d/size)" != 0 ] && echo /dev/\${d##*/} && exit
      done; usleep 200000
    done; echo "no disk with this serial; there are:"; grep . /sys/block/vd*/serial /sys/block/vd*/size; exit 1`;
    const device = (await guests.run(serverId, script)).trim();
    return new GuestDisk(guests, serverId, volumeId, device);
  }

  /** Writes 1 MiB of random bytes and flushes them. Answers their MD5. */
  async write(atMiB = 7): Promise<string> {
    const script = `dd if=/dev/urandom of=/tmp/p bs=1M count=1 2>/dev/null &&
      dd if=/tmp/p of=${this.device} bs=1M seek=${atMiB} conv=fsync 2>/dev/null || exit 1
      md5sum </tmp/p; rm /tmp/p`;
    return firstWord(await this.#guests.run(this.serverId, script));
  }

  /** MD5 of the 1 MiB that lies there on the disk, past the guest's cache. */
  async read(atMiB = 7): Promise<string> {
    const script = `echo 3 >/proc/sys/vm/drop_caches
      dd if=${this.device} bs=1M skip=${atMiB} count=1 2>/dev/null | md5sum`;
    return firstWord(await this.#guests.run(this.serverId, script));
  }

  /** Runs a shell script in the guest. */
  inGuest(script: string): Promise<string> {
    return this.#guests.run(this.serverId, script);
  }

  async sizeBytes(): Promise<number> {
    return Number(await this.#guests.run(this.serverId, `blockdev --getsize64 ${this.device}`));
  }
}

/** Serials of the guest's virtio disks, those of volumes cut off at 20 characters. */
export async function diskSerials(guests: Guests, serverId: string): Promise<readonly string[]> {
  const out = await guests.run(serverId, 'cat /sys/block/vd*/serial 2>/dev/null; true');
  return out.split('\n').filter((line) => line !== '');
}

export function serialOf(volumeId: string): string {
  return volumeId.slice(0, 20);
}

function firstWord(text: string): string {
  return text.trim().split(/\s/)[0] ?? '';
}
