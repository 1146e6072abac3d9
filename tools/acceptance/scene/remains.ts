import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { entriesOf, mountsBelow, processesMentioning } from '../../demo/leftovers.ts';
import { runToEnd } from '../../demo/program.ts';
import { directoryOfHook, HOOK_PORTS, type HookName, importsOf, OVSDB } from '../stage/configuration.ts';
import type { Stage } from '../stage/stage.ts';

/** What there is of ours, by kind: on the machine, in the switch, in Cinder, in Neutron. */
export type Remains = Readonly<Record<RemainsKind, readonly string[]>>;

type RemainsKind =
  | 'attachments of iorcld'
  | 'storage daemons of the I/O host'
  | 'files of its data plane'
  | 'import processes'
  | 'import records and disks'
  | 'mounts'
  | 'network namespaces'
  | 'links'
  | 'ports of Open vSwitch'
  | 'ports of Neutron'
  | 'attachments in Cinder by the I/O host'
  | 'attachments in Cinder by compute hosts'
  | 'volumes that are neither available nor in use';

const hookNames = Object.keys(HOOK_PORTS) as readonly HookName[];

export async function remains(stage: Stage): Promise<Remains> {
  const { directory, importsDirectory, admin, iorcldApi, strangeVolumes } = stage;
  const directories = [directory, ...hookNames.map((name) => directoryOfHook(stage, name))];
  const daemons = (place: string): string[] =>
    processesMentioning(`${place}/`).filter((line) => line.includes('qemu-storage-daemon'));
  const find = [`--db=${OVSDB}`, '--bare', '--columns=name', 'find', 'port', 'external_ids:iorcl-site!=""'];
  const [attachments, switchPorts, ports, volumes] = await Promise.all([
    iorcldApi.listAttachments(),
    runToEnd('ovs-vsctl', find),
    admin.network.ports.list({ deviceOwner: 'iorcl:export' }),
    admin.blockStorage.volumes.list({ allProjects: true }),
  ]);
  const own = volumes.filter(({ id }) => !strangeVolumes.has(id));
  const inCinder = own.flatMap((volume) =>
    volume.attachments.map(({ hostName = 'nobody' }) => ({ hostName, what: `volume ${volume.id} on ${hostName}` })),
  );
  return {
    'attachments of iorcld': attachments.map((one) => `${one.id} of volume ${one.volumeId}: ${one.status}`),
    'storage daemons of the I/O host': daemons(join(directory, 'qsd')),
    'files of its data plane': entriesOf(join(directory, 'qsd')),
    'import processes': hookNames.flatMap((name) => daemons(directoryOfHook(stage, name))),
    'import records and disks': hookNames.flatMap((name) => [
      ...entriesOf(importsOf(stage, name)),
      ...entriesOf(join(directoryOfHook(stage, name), 'hook', 'imports')),
    ]),
    mounts: mountsBelow(importsDirectory),
    'network namespaces': directories.flatMap((place) => entriesOf(join(place, 'netns'))),
    links: markedLinks(),
    'ports of Open vSwitch': switchPorts.out.split('\n').filter((line) => line !== ''),
    'ports of Neutron': ports.map(({ id }) => id),
    'attachments in Cinder by the I/O host': inCinder.flatMap((one) => (one.hostName === 'io-1' ? [one.what] : [])),
    'attachments in Cinder by compute hosts': inCinder.flatMap((one) => (one.hostName === 'io-1' ? [] : [one.what])),
    'volumes that are neither available nor in use': own
      .filter(({ status }) => !['available', 'in-use'].includes(status))
      .map(({ id, status }) => `${id}: ${status}`),
  };
}

/** Links of the machine's own namespace that carry our mark. */
function markedLinks(): string[] {
  return readdirSync('/sys/class/net').filter((name) => {
    const alias = `/sys/class/net/${name}/ifalias`;
    return existsSync(alias) && readFileSync(alias, 'utf8').startsWith('iorcl:');
  });
}
