import type { InstanceState, VolumeState } from '../../../contract.ts';
import { findPort } from '../port.ts';
import type { Target } from '../target.ts';

export async function inspect(target: Target, instanceId: string): Promise<InstanceState | undefined> {
  const instance = target.instance(instanceId);
  if (!(await instance.exists())) {
    return undefined;
  }
  const port = await findPort(target.configfs, instance.nqn);
  const volumes: VolumeState[] = [];
  for (const record of await target.records.ofInstance(instanceId)) {
    if (await target.isOpen(record)) {
      volumes.push(await target.stateOf(record));
    }
  }
  return { instanceId, pid: undefined, address: port?.address ?? '', port: port?.port ?? 0, volumes };
}
