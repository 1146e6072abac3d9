import { expect } from 'vitest';
import type { GuestDisk } from './guest-disk.ts';
import { until } from './poll.ts';
import { md5InCeph } from './rbd-image.ts';

/** The MiB of the disk that the writer has for itself. */
const AT_MIB = 21;
const BLOCKS = 16;

/** What the writer has seen so far. */
export interface Progress {
  readonly writes: number;
  /** Writes and reads that failed, and reads that did not return what was written. */
  readonly errors: number;
  /** The longest that one block took to be written and read again, in seconds. */
  readonly longestSeconds: number;
}

/**
 * A program in the guest that writes a new 64 KiB block and reads it back, both past the guest's cache, without a pause, and
 * keeps account: the load under which something breaks. It flushes once, at the end, so that whoever answers a write has to
 * keep it.
 */
export class SteadyWriter {
  readonly #disk: GuestDisk;

  private constructor(disk: GuestDisk) {
    this.#disk = disk;
  }

  /** Resolves when it has written its first blocks. */
  static async start(disk: GuestDisk): Promise<SteadyWriter> {
    await disk.inGuest(`mkdir -p /tmp/steady && cd /tmp/steady && rm -f * && cat >program <<'END'
${program(disk.device)}
END
      setsid sh program >log 2>&1 &`);
    const writer = new SteadyWriter(disk);
    await writer.goesOn();
    return writer;
  }

  async progress(): Promise<Progress> {
    const state = await this.#disk.inGuest('cat /tmp/steady/state 2>/dev/null; true');
    const [writes = 0, errors = 0, hundredths = 0] = state.trim().split(' ').map(Number);
    return { writes, errors, longestSeconds: hundredths / 100 };
  }

  /** Waits until it has written some more blocks. */
  async goesOn(): Promise<void> {
    const { writes } = await this.progress();
    await until(
      'the guest writes on',
      () => this.progress(),
      (now) => now.writes >= writes + 3 || now.errors > 0,
    );
  }

  /** Ends it without any check, where the operation has failed. */
  async abandon(): Promise<void> {
    await this.#disk.inGuest('[ ! -d /tmp/steady ] || touch /tmp/steady/stop');
  }

  /** Ends it, and checks: no error, and the last of each block is what the disk has, for the guest and in Ceph. */
  async end(): Promise<Progress> {
    await this.#disk.inGuest('touch /tmp/steady/stop');
    await until(
      'the program in the guest has ended',
      () => this.#disk.inGuest('ls /tmp/steady'),
      (files) => files.includes('ended'),
    );
    const expected = await this.#disk.inGuest('md5sum </tmp/steady/expected');
    const seen = await this.progress();
    await this.#disk.inGuest('rm -r /tmp/steady');
    expect(seen, 'of the guest that wrote meanwhile').toMatchObject({ errors: 0 });
    const md5 = expected.split(' ')[0];
    expect(await this.#disk.read(AT_MIB)).toBe(md5);
    expect(await md5InCeph(`volume-${this.#disk.volumeId}`, AT_MIB)).toBe(md5);
    return seen;
  }
}

/** For busybox's shell. `state` holds writes, errors, and the longest time of one in hundredths of a second. */
function program(device: string): string {
  return `
    writes=0 errors=0 longest=0
    now() { read -r up rest </proc/uptime; now=\${up%.*}\${up#*.}; }
    failed() { errors=$((errors + 1)); echo "block $writes: $*"; }
    cat /dev/zero | head -c ${BLOCKS * 65536} >expected
    dd if=expected of=${device} bs=64k seek=${AT_MIB * BLOCKS} conv=fsync 2>/dev/null || failed first
    while [ ! -e stop ]; do
      block=$((writes % ${BLOCKS})) at=$((${AT_MIB * BLOCKS} + writes % ${BLOCKS}))
      dd if=/dev/urandom of=new bs=64k count=1 2>/dev/null
      now; began=$now
      dd if=new of=${device} bs=64k seek=$at oflag=direct conv=notrunc 2>error || failed "write: $(cat error)"
      dd if=${device} of=back bs=64k skip=$at count=1 iflag=direct 2>error || failed "read: $(cat error)"
      now; took=$((now - began))
      cmp -s new back || failed "other bytes came back"
      dd if=new of=expected bs=64k seek=$block conv=notrunc 2>/dev/null
      [ $took -le $longest ] || longest=$took
      writes=$((writes + 1))
      echo "$writes $errors $longest" >state.new && mv state.new state
    done
    dd if=/dev/null of=${device} conv=fsync,notrunc 2>error || failed "flush: $(cat error)"
    echo "$writes $errors $longest" >state
    touch ended`;
}
