import type { CommandRunner } from '../../command/command.ts';
import { DriverError } from '../../contract.ts';

/** One export, as the kernel module shows it in `bdev*` of its sysfs directory. */
export interface Bdev {
  readonly name: string;
  readonly devicePath: string;
  readonly guestName: string;
  readonly guestIpAddress: string;
  /** In the module's own unit. */
  readonly capacity: number;
  readonly bytesRead: number;
  readonly bytesWritten: number;
  /** Reads and writes together. */
  readonly operations: number;
}

const ATTRIBUTES = [
  'Backend_Device_Path',
  'Guest_Device_Name',
  'Guest_IP_Address',
  'Capacity',
  'Bytes_Read',
  'Bytes_Written',
  'IO_Operations',
] as const;

/**
 * Everything that is exported. The scripts' exit statuses say the same for "already there", "not there" and "failed", so
 * this is the only truth.
 * @throws {DriverError} `data_plane_failed` when the directory isn't there: nothing would then be known, not "nothing there"
 */
export async function readBdevs(
  runner: CommandRunner,
  directory: string,
  signal: AbortSignal,
): Promise<readonly Bdev[]> {
  const found = await runner.run(
    {
      program: 'find',
      args: [...findHead(directory), ...attributeTests(), '-exec', 'grep', '-s', '-H', '-m', '1', '', '{}', '+'],
    },
    // 1: a file went away meanwhile, and with it its export; or the whole directory isn't there.
    { signal, okExitCodes: [0, 1] },
  );
  const [first, ...lines] = found.stdout.split('\n');
  if (first !== THERE) {
    const text = `${directory} can't be read, so nothing is known of what is exported: is the kernel module loaded?`;
    throw new DriverError('data_plane_failed', `${text} ${found.stderr.trim().slice(-500)}`, { retryable: true });
  }
  const bdevs = new Map<string, Map<string, string>>();
  for (const line of lines) {
    const [, name, attribute, value] = /\/(bdev\d+)\/([A-Za-z_]+):(.*)$/s.exec(line.slice(directory.length)) ?? [];
    if (name !== undefined && attribute !== undefined && value !== undefined) {
      bdevs.set(name, (bdevs.get(name) ?? new Map()).set(attribute, value.trim()));
    }
  }
  return [...bdevs].flatMap(([name, values]) => parseBdev(name, (attribute) => values.get(attribute)) ?? []);
}

const THERE = 'sysfs:';

/** One command for all, as it may go over a network. The first line says that the directory is there. */
function findHead(directory: string): readonly string[] {
  return [
    ...['-L', `${directory}/`, '-maxdepth', '2'],
    ...['(', '-path', `${directory}/`, '-printf', `${THERE}\\n`, ')', '-o'],
    ...['-path', `${directory}/bdev*/*`],
  ];
}

function attributeTests(): readonly string[] {
  const names = ATTRIBUTES.flatMap((attribute, index) => [...(index === 0 ? [] : ['-o']), '-name', attribute]);
  return ['(', ...names, ')'];
}

function parseBdev(
  name: string,
  value: (attribute: (typeof ATTRIBUTES)[number]) => string | undefined,
): Bdev | undefined {
  const devicePath = value('Backend_Device_Path');
  if (devicePath === undefined) {
    return undefined;
  }
  const number = (attribute: (typeof ATTRIBUTES)[number]): number => {
    const text = value(attribute) ?? '';
    return /^\d+$/.test(text) ? Number(text) : 0;
  };
  return {
    name,
    devicePath,
    guestName: value('Guest_Device_Name') ?? '',
    guestIpAddress: value('Guest_IP_Address') ?? '',
    capacity: number('Capacity'),
    bytesRead: number('Bytes_Read'),
    bytesWritten: number('Bytes_Written'),
    operations: number('IO_Operations'),
  };
}
