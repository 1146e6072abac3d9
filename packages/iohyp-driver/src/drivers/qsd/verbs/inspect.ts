import { DriverError, type InstanceState } from '../../../contract.ts';
import { admittedClients } from '../admitted-clients.ts';
import { findOpenVolumes, stateOf } from '../open-volume.ts';
import type { Session } from '../session.ts';

/** What the daemon has. Changes nothing. */
export async function inspect(session: Session): Promise<InstanceState> {
  const { directory, process } = session;
  const listener = await directory.readListener();
  if (listener === undefined) {
    const text = `qemu-storage-daemon (pid ${process.pid}) runs, but ${directory.path} has lost its record`;
    throw new DriverError('data_plane_failed', `${text}; end that process when its volumes are no longer used`);
  }
  const identities = await (await admittedClients(directory, session)).identities();
  const volumes = await Promise.all(
    (await findOpenVolumes(session)).map((volume) => stateOf(session, volume, identities)),
  );
  return { instanceId: directory.instanceId, pid: process.pid, ...listener, volumes };
}
