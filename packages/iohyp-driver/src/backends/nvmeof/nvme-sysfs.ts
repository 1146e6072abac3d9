import { readdir, readFile } from 'node:fs/promises';
import type { NamespaceName, NvmePortal } from './nvmeof-fields.ts';

/** A connection of the kernel's initiator. Attributes of /sys/class/nvme, drivers/nvme/host/core.c of Linux. */
export interface NvmeController {
  /** Such as `nvme0`. */
  readonly name: string;
  readonly nqn: string;
  readonly hostNqn: string;
  readonly portal: NvmePortal;
}

/** Connections to a subsystem. */
export async function controllersOf(nqn: string): Promise<readonly NvmeController[]> {
  const names = await readdir('/sys/class/nvme').catch(() => []);
  const all = await Promise.all(names.map(readController));
  return all.filter((controller) => controller.nqn === nqn);
}

async function readController(name: string): Promise<NvmeController> {
  const attribute = (file: string): Promise<string> => read(`/sys/class/nvme/${name}/${file}`);
  const address = new Map(
    (await attribute('address')).split(',').map((part): [string, string] => {
      const equals = part.indexOf('=');
      return [part.slice(0, equals), part.slice(equals + 1)];
    }),
  );
  return {
    name,
    nqn: await attribute('subsysnqn'),
    hostNqn: await attribute('hostnqn'),
    portal: { address: address.get('traddr') ?? '', port: address.get('trsvcid') ?? '' },
  };
}

/** Name of the disk that a namespace is, such as `nvme0n1`; undefined while there is none, or it has no size yet. */
export async function diskOf(nqn: string, namespace: NamespaceName): Promise<string | undefined> {
  const disks = (await readdir('/sys/block')).filter((name) => /^nvme\d+n\d+$/.test(name));
  for (const disk of disks) {
    const attribute = (file: string): Promise<string> => read(`/sys/block/${disk}/${file}`);
    if ((await attribute('device/subsysnqn')) === nqn && (await isNamespace(attribute, namespace))) {
      // The kernel shows a disk before it has read how large it is.
      if (Number(await attribute('size')) > 0) {
        return disk;
      }
    }
  }
  return undefined;
}

async function isNamespace(attribute: (file: string) => Promise<string>, namespace: NamespaceName): Promise<boolean> {
  if ('uuid' in namespace) {
    return (await attribute('uuid')) === namespace.uuid;
  }
  if ('nguid' in namespace) {
    return (await attribute('nguid')).replaceAll('-', '') === namespace.nguid;
  }
  return (await attribute('nsid')) === String(namespace.nsid);
}

/** Empty for what went away meanwhile. */
async function read(path: string): Promise<string> {
  return (await readFile(path, 'utf8').catch(() => '')).trim();
}
