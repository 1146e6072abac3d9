import type { VolumeKey } from '../../../contract.ts';
import { endConnections } from '../port.ts';
import type { Target } from '../target.ts';

export async function unexportVolume(target: Target, key: VolumeKey): Promise<void> {
  const record = await target.records.read(key);
  if (record === undefined) {
    return;
  }
  const subsystem = target.subsystem(key);
  if ((await target.isOpen(record)) && (await subsystem.isEnabled())) {
    await subsystem.disable();
    await endConnections(target.configfs, target.instance(key.instanceId).nqn, subsystem.nqn);
  }
  const { exportName: _name, toldBytes: _told, ...rest } = record;
  await target.records.write(key, rest);
}
