import { isIPv4 } from 'node:net';
import { DriverError, type GuestPort } from '../../contract.ts';

/** Sizes of the kernel module's fields, without the NUL at the end. */
const LONGEST_DEVICE_PATH = 255;
const LONGEST_INTERFACE = 15;
const LONGEST_GUEST_NAME = 63;

/** What one export is made with. The scripts only print what they dislike and go on with a default, so it is checked here. */
export interface ScriptArguments {
  readonly device: string;
  readonly guestName: string;
  readonly guest: GuestPort;
}

/** @throws {DriverError} `bad_request`, naming every argument that the scripts would not have taken as it is */
export function checkScriptArguments({ device, guestName, guest }: ScriptArguments): void {
  const faults = [
    fault('device path', device, isWord(device, LONGEST_DEVICE_PATH), `a path of 1 to ${LONGEST_DEVICE_PATH} bytes`),
    fault('exportName', guestName, isWord(guestName, LONGEST_GUEST_NAME), `1 to ${LONGEST_GUEST_NAME} bytes`),
    fault(
      'guest.interfaceName',
      guest.interfaceName,
      isWord(guest.interfaceName, LONGEST_INTERFACE) && !/[/\s:]/.test(guest.interfaceName),
      `the name of a network interface, 1 to ${LONGEST_INTERFACE} bytes`,
    ),
    fault(
      'guest.macAddress',
      guest.macAddress,
      isUnicastMac(guest.macAddress),
      'a unicast address such as fa:16:3e:00:00:01',
    ),
    fault('guest.ipAddress', guest.ipAddress, isGuestIpv4(guest.ipAddress), 'an IPv4 address of a host'),
  ].filter((text) => text !== undefined);
  if (faults.length > 0) {
    throw new DriverError('bad_request', `splitio: ${faults.join('; ')}`);
  }
}

/** `iohyp_create_blk_device.sh -i IFACE -p DEVICE -w NAME -g MAC -t IP` */
export function createArguments({ device, guestName, guest }: ScriptArguments): readonly string[] {
  return ['-i', guest.interfaceName, '-p', device, '-w', guestName, '-g', guest.macAddress, '-t', guest.ipAddress];
}

/** `iohyp_remove_blk_device.sh -p DEVICE` */
export function removeArguments(device: string): readonly string[] {
  return ['-p', device];
}

function fault(name: string, value: string, good: boolean, expected: string): string | undefined {
  return good ? undefined : `${name} is ${JSON.stringify(value)}, expected ${expected}`;
}

/** Control characters would break the lines of sysfs; a leading "-" would be taken for an option. */
function isWord(text: string, longest: number): boolean {
  const bytes = Buffer.byteLength(text);
  return bytes >= 1 && bytes <= longest && !/\p{Cc}/u.test(text) && !text.startsWith('-');
}

function isUnicastMac(text: string): boolean {
  const multicast = (Number.parseInt(text.slice(0, 2), 16) & 1) === 1;
  return /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i.test(text) && !multicast && text !== '00:00:00:00:00:00';
}

function isGuestIpv4(text: string): boolean {
  const first = Number(text.split('.')[0]);
  return isIPv4(text) && first !== 0 && first < 224;
}
