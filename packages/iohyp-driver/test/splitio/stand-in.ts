import { chmod, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * What can go wrong with the real scripts:
 * - `says-failed`: it does its work and exits 1 all the same
 * - `does-nothing`: it exits 0 and has done nothing
 * - `fails`: it exits 1 and has done nothing
 * - `late`: its effect shows a moment after it has ended
 * - `default-ip`: it goes on with an address of its own
 * - `other-size`: the kernel takes the device for another size
 */
export type Mood = 'well' | 'says-failed' | 'does-nothing' | 'fails' | 'late' | 'default-ip' | 'other-size';

/**
 * A stand-in for the original I/O hypervisor: its two scripts and the sysfs directory of its kernel module, with their
 * limits, traps and exit statuses. There is no data plane behind it: {@link SimulatedGuest} plays the guest.
 */
export class StandIn {
  readonly directory: string;
  readonly sysfsDirectory: string;
  readonly createScript: string;
  readonly removeScript: string;

  constructor(directory: string) {
    this.directory = join(directory, 'vrio');
    this.sysfsDirectory = join(this.directory, 'sysfs');
    this.createScript = join(this.directory, 'iohyp_create_blk_device.sh');
    this.removeScript = join(this.directory, 'iohyp_remove_blk_device.sh');
  }

  async install(): Promise<void> {
    await mkdir(this.sysfsDirectory, { recursive: true });
    await writeFile(this.createScript, SHARED + CREATE);
    await writeFile(this.removeScript, SHARED + REMOVE);
    await Promise.all([this.createScript, this.removeScript].map((script) => chmod(script, 0o755)));
  }

  async setMood(mood: Mood): Promise<void> {
    await writeFile(join(this.directory, 'mood'), `${mood}\n`);
  }

  /** Argument vectors that the scripts were called with, the script's name first. */
  async calls(): Promise<readonly (readonly string[])[]> {
    const text = await readFile(join(this.directory, 'calls'), 'utf8').catch(() => '');
    return text
      .split('\0\0')
      .slice(0, -1)
      .map((call) => call.split('\0'));
  }

  async bdevs(): Promise<readonly string[]> {
    return (await readdir(this.sysfsDirectory)).filter((name) => name.startsWith('bdev'));
  }

  async attribute(bdev: string, name: string): Promise<string> {
    return (await readFile(join(this.sysfsDirectory, bdev, name), 'utf8')).trim();
  }

  /** Someone else's `rmmod`, or a crash: an export is gone. */
  async lose(devicePath: string): Promise<void> {
    for (const bdev of await this.bdevs()) {
      if ((await this.attribute(bdev, 'Backend_Device_Path')) === devicePath) {
        await rm(join(this.sysfsDirectory, bdev), { recursive: true });
      }
    }
  }
}

const SHARED = `#!/bin/bash
here=$(cd "$(dirname "$0")" && pwd)
sysfs=$here/sysfs
exec 9>"$here/lock"; flock 9
{ printf '%s\\0' "\${0##*/}" "$@"; printf '\\0'; } >> "$here/calls"
mood=$(cat "$here/mood" 2>/dev/null)
find_bdev() { grep -lxF -e "$1" "$sysfs"/bdev*/Backend_Device_Path 2>/dev/null | head -1 | xargs -r -n1 dirname; }
case $mood in does-nothing) exit 0 ;; fails) echo 'Operation failed'; exit 1 ;; esac
`;

const CREATE = `
usage() { echo "usage: $0 -i IFACE -p DEVICE -w NAME -g MAC -t IP"; exit 1; }
while getopts ':i:p:w:g:t:' option; do
  case $option in i) interface=$OPTARG ;; p) device=$OPTARG ;; w) name=$OPTARG ;; g) mac=$OPTARG ;; t) ip=$OPTARG ;; *) usage ;; esac
done
[ -n "$interface" ] && [ -n "$device" ] && [ -n "$name" ] && [ -n "$mac" ] && [ -n "$ip" ] || usage
[ -n "$(find_bdev "$device")" ] && { echo 'Device already exists'; exit 1; }
[ -e "$device" ] || { echo 'Failed to open backend'; exit 1; }
[[ $mac =~ ^([0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}$ ]] || { echo "bad mac: $mac"; mac=00:00:00:00:00:00; }
[[ $ip =~ ^([0-9]{1,3}\\.){3}[0-9]{1,3}$ ]] || { echo "bad ip: $ip"; ip=0.0.0.0; }
[ "$mood" = default-ip ] && ip=0.0.0.0
size=$(stat -L -c %s -- "$device")
[ "$mood" = other-size ] && size=$((size + 512))
number=0; while [ -e "$sysfs/bdev$number" ]; do number=$((number + 1)); done
make() {
  local draft=$sysfs/.draft$number; mkdir "$draft"
  printf '%s\\n' "\${device:0:255}" > "$draft/Backend_Device_Path"
  printf '%s\\n' "\${name:0:63}" > "$draft/Guest_Device_Name"
  printf '%s\\n' "$ip" > "$draft/Guest_IP_Address"
  printf '%s\\n' $((size / 512)) > "$draft/Capacity"
  for counter in Bytes_Read Bytes_Written IO_Operations; do echo 0 > "$draft/$counter"; done
  mv "$draft" "$sysfs/bdev$number"
}
if [ "$mood" = late ]; then (sleep 0.3; make) >/dev/null 2>&1 & exit 0; fi
make
[ "$mood" = says-failed ] && exit 1
exit 0
`;

const REMOVE = `
while getopts ':p:' option; do case $option in p) device=$OPTARG ;; *) echo "usage: $0 -p DEVICE"; exit 1 ;; esac; done
bdev=$(find_bdev "$device")
[ -n "$bdev" ] || { echo 'No such device'; exit 1; }
if [ "$mood" = late ]; then (sleep 0.3; rm -rf "$bdev") >/dev/null 2>&1 & exit 0; fi
rm -rf "$bdev"
[ "$mood" = says-failed ] && exit 1
exit 0
`;
