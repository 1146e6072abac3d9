import { isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';
import { DriverError, type Listener } from '../../contract.ts';
import type { Configfs } from './configfs.ts';

/** Port ids are 16 bits; ours lie above what people number by hand. */
const FIRST_PORT_ID = 1000;
const LAST_PORT_ID = 65_535;

export interface Port {
  readonly id: string;
  readonly address: string;
  readonly port: number;
}

/** The port of an instance; undefined when it has none. */
export async function findPort(configfs: Configfs, instanceNqn: string): Promise<Port | undefined> {
  for (const id of await configfs.list('ports')) {
    if ((await configfs.list('ports', id, 'subsystems')).includes(instanceNqn)) {
      const address = (await configfs.read('ports', id, 'addr_traddr')) ?? '';
      return {
        id,
        address: address.split('%')[0] ?? '',
        port: Number(await configfs.read('ports', id, 'addr_trsvcid')),
      };
    }
  }
  return undefined;
}

/**
 * Makes the kernel listen, inside the tenant's network: it makes its socket in the namespace of the thread that links the
 * first subsystem to a port (nvmet_tcp_add_port, drivers/nvme/target/tcp.c).
 */
export async function openPort(
  configfs: Configfs,
  id: string,
  listener: Listener,
  instanceNqn: string,
  anaGroupId: number,
): Promise<void> {
  const runInside = requireRunInside(listener);
  const address = scoped(listener, runInside);
  await configfs.make('ports', id);
  await configfs.write('tcp', 'ports', id, 'addr_trtype');
  await configfs.write(isIPv6(listener.address) ? 'ipv6' : 'ipv4', 'ports', id, 'addr_adrfam');
  await configfs.write(address, 'ports', id, 'addr_traddr');
  await configfs.write(String(listener.port), 'ports', id, 'addr_trsvcid');
  await configfs.make('ports', id, 'ana_groups', String(anaGroupId));
  await configfs.write('optimized', 'ports', id, 'ana_groups', String(anaGroupId), 'ana_state');
  runInside(() => configfs.linkSync(['subsystems', instanceNqn], ['ports', id, 'subsystems', instanceNqn]));
}

/** Lets clients find a volume at its instance's port. The port listens already: where the calling thread is does not matter. */
export function offerVolume(configfs: Configfs, portId: string, volumeNqn: string): void {
  configfs.linkSync(['subsystems', volumeNqn], ['ports', portId, 'subsystems', volumeNqn]);
}

/**
 * Ends every connection to a volume's subsystem. Clients that are still allowed come back. Linux ends connections with the
 * link of port and subsystem; 6.1 knows no other way.
 */
export async function endConnections(configfs: Configfs, instanceNqn: string, volumeNqn: string): Promise<void> {
  const port = await findPort(configfs, instanceNqn);
  if (port !== undefined) {
    await configfs.unlink('ports', port.id, 'subsystems', volumeNqn);
    offerVolume(configfs, port.id, volumeNqn);
  }
}

/** Ends the listener and every connection that came through it. */
export async function closePort(configfs: Configfs, instanceNqn: string): Promise<void> {
  for (let port = await findPort(configfs, instanceNqn); port; port = await findPort(configfs, instanceNqn)) {
    // The instance's own last: by it the port is found after a crash.
    const offered = (await configfs.list('ports', port.id, 'subsystems')).filter((nqn) => nqn !== instanceNqn);
    for (const nqn of [...offered, instanceNqn]) {
      await configfs.unlink('ports', port.id, 'subsystems', nqn);
    }
    await removePort(configfs, port.id);
  }
}

async function removePort(configfs: Configfs, id: string): Promise<void> {
  for (const group of await configfs.list('ports', id, 'ana_groups')) {
    // Group 1 is the kernel's own.
    if (group !== '1') {
      await configfs.remove('ports', id, 'ana_groups', group);
    }
  }
  await configfs.remove('ports', id);
}

/** What a crash left of a port that was to be made: the kernel doesn't listen there. */
export async function removeUnusedPort(configfs: Configfs, id: string | undefined): Promise<void> {
  if (id !== undefined && (await configfs.list('ports', id, 'subsystems')).length === 0) {
    await removePort(configfs, id);
  }
}

export function requireRunInside(listener: Listener): <T>(action: () => T) => T {
  if (listener.runInside === undefined) {
    throw new DriverError(
      'bad_request',
      'listener.runInside is missing: without it the kernel would listen outside of the tenant network',
    );
  }
  return listener.runInside.bind(listener);
}

/** In other namespaces than the first the kernel knows scopes by index only. */
function scoped(listener: Listener, runInside: <T>(action: () => T) => T): string {
  if (!/^fe[89ab]/i.test(listener.address)) {
    return listener.address;
  }
  const own = Object.values(runInside(networkInterfaces)).flatMap((addresses) => addresses ?? []);
  const found = own.find(({ address }) => address.toLowerCase() === listener.address.toLowerCase());
  if (found?.scopeid === undefined) {
    throw new DriverError(
      'data_plane_failed',
      `no interface inside the tenant network has address ${listener.address}`,
    );
  }
  return `${listener.address}%${found.scopeid}`;
}

export async function newPortId(configfs: Configfs): Promise<string> {
  const taken = new Set(await configfs.list('ports'));
  for (let id = FIRST_PORT_ID; id <= LAST_PORT_ID; id += 1) {
    if (!taken.has(String(id))) {
      return String(id);
    }
  }
  throw new DriverError('data_plane_failed', 'the kernel has no port id left');
}
