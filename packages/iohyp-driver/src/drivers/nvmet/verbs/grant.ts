import { DriverError, type GrantRequest, type VolumeKey, type VolumeState } from '../../../contract.ts';
import type { Target } from '../target.ts';

/** A new key of a granted identity counts from its next connection on, and ends none: so keys rotate under running I/O. */
export async function grant(target: Target, request: GrantRequest): Promise<VolumeState> {
  const { key, identity } = request;
  const record = await target.requireOpen(key);
  const others = await target.records.ofInstance(key.instanceId);
  const other = others.find(
    ({ attachmentId, grants }) => attachmentId !== key.attachmentId && grants.includes(identity),
  );
  if (other !== undefined) {
    const text = `"${identity}" is granted for attachment ${other.attachmentId} of the same instance`;
    throw new DriverError('conflict', `${text}, and revoking one would revoke both`);
  }
  const granted = { ...record, grants: [...new Set([...record.grants, identity])] };
  await target.records.write(key, granted);
  await target.subsystem(key).allow(request, target.options);
  return target.stateOf(granted);
}

export async function revoke(target: Target, key: VolumeKey, identity: string): Promise<void> {
  const record = await target.records.read(key);
  if (record?.grants.includes(identity) === true) {
    await target.subsystem(key).disallow(identity);
    await target.records.write(key, { ...record, grants: record.grants.filter((each) => each !== identity) });
  }
}
