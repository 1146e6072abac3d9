import type { VolumeKey } from '../../../contract.ts';
import { endConnections } from '../port.ts';
import type { Target } from '../target.ts';

export async function unexportVolume(target: Target, key: VolumeKey): Promise<void> {
  const record = await target.records.read(key);
  if (record === undefined) {
    return;
  }
  const subsystem = target.subsystem(key.instanceId);
  if ((await target.isOpen(record)) && (await subsystem.isEnabled(record.namespaceId))) {
    await subsystem.disable(record.namespaceId);
    const ids = await subsystem.namespaceIds();
    const enabled = await Promise.all(ids.map((id) => subsystem.isEnabled(id)));
    // Connections are the instance's: as long as a sibling is exported they serve that one.
    if (!enabled.includes(true)) {
      await endConnections(target.configfs, subsystem.nqn, target.listeners.get(key.instanceId));
    }
  }
  const { exportName: _name, toldBytes: _told, ...rest } = record;
  await target.records.write(key, rest);
}
