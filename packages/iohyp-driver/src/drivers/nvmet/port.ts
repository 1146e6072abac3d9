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

/** The port that offers a subsystem; undefined when none does. */
export async function findPort(configfs: Configfs, subsystemNqn: string): Promise<Port | undefined> {
  for (const id of await configfs.list('ports')) {
    if ((await configfs.list('ports', id, 'subsystems')).includes(subsystemNqn)) {
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
  listener: Listener,
  subsystemNqn: string,
  anaGroupId: number,
): Promise<void> {
  const runInside = requireRunInside(listener);
  const address = scoped(listener, runInside);
  const id = await newPort(configfs);
  try {
    await configfs.write('tcp', 'ports', id, 'addr_trtype');
    await configfs.write(isIPv6(listener.address) ? 'ipv6' : 'ipv4', 'ports', id, 'addr_adrfam');
    await configfs.write(address, 'ports', id, 'addr_traddr');
    await configfs.write(String(listener.port), 'ports', id, 'addr_trsvcid');
    await configfs.make('ports', id, 'ana_groups', String(anaGroupId));
    await configfs.write('optimized', 'ports', id, 'ana_groups', String(anaGroupId), 'ana_state');
    runInside(() => configfs.linkSync(['subsystems', subsystemNqn], ['ports', id, 'subsystems', subsystemNqn]));
  } catch (error) {
    await removePort(configfs, id);
    throw error;
  }
}

/** Ends the listener and every connection that came through it. */
export async function closePort(configfs: Configfs, subsystemNqn: string): Promise<void> {
  for (let port = await findPort(configfs, subsystemNqn); port; port = await findPort(configfs, subsystemNqn)) {
    await configfs.unlink('ports', port.id, 'subsystems', subsystemNqn);
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

/** Also one that a crash left without a subsystem: the kernel doesn't listen there. */
async function newPort(configfs: Configfs): Promise<string> {
  const taken = new Set(await configfs.list('ports'));
  for (let id = FIRST_PORT_ID; id <= LAST_PORT_ID; id += 1) {
    const name = String(id);
    if (!taken.has(name) || (await configfs.list('ports', name, 'subsystems')).length === 0) {
      await configfs.make('ports', name);
      return name;
    }
  }
  throw new DriverError('data_plane_failed', 'the kernel has no port id left');
}
