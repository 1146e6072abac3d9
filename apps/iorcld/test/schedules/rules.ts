import { networkKey } from '../../src/attachment/record.ts';
import type { Harness } from '../harness.ts';
import type { Nova, NovaVolume } from './nova.ts';
import { Violation } from './violation.ts';

/** The length of the attachment's uuid, with which a right's identity begins. */
const UUID_LENGTH = 36;

/**
 * What must hold at every moment, also between two effects.
 *
 * @throws Violation
 */
export function checkRules({ driver, cloud, plugs }: Harness, nova: Nova): void {
  const openBy = new Map<unknown, string>();
  for (const [instanceId, { volumes, storages }] of driver.instances) {
    for (const { attachmentId: carrier, grants, exportName } of volumes.values()) {
      const storage = storages.get(carrier);
      const other = openBy.get(storage);
      if (other !== undefined) throw new Violation(`volume ${storage} is open twice: ${other}, ${carrier}`);
      openBy.set(storage, carrier);
      const volume = nova.volumes.find(({ id }) => id === storage);
      if (volume === undefined) throw new Violation(`${carrier} has storage open that is no volume: ${storage}`);
      if (exportName !== undefined && exportName !== carrier) throw new Violation(`${carrier} is called ${exportName}`);
      const holders = grants.map((identity) => identity.slice(0, UUID_LENGTH));
      checkHolders(nova, volume, instanceId, holders);
      for (const id of holders) {
        if (cloud.cinderAttachments.has(id) || nova.bypassed.has(id)) continue;
        throw new Violation(`H8: ${id} has a right to ${storage}, but Cinder has forgotten it`);
      }
    }
  }
  for (const { network } of plugs.plugged.values()) {
    if (networkKey(network).includes('-')) throw new Violation(`H13: network ${networkKey(network)}`);
  }
}

/** One compute host may write; two only while Nova migrates. Beside them, at most those whose end is under way. */
function checkHolders(nova: Nova, volume: NovaVolume, instanceId: string, holders: readonly string[]): void {
  const { id, attachments, owed, migrating } = volume;
  const current = holders.filter((holder) => attachments.some((one) => one.id === holder));
  if (current.length > (migrating ? 2 : 1)) {
    throw new Violation(
      `${current.length} compute hosts may write to ${id}, and Nova migrates ${migrating ? '' : 'not'}`,
    );
  }
  for (const holder of holders) {
    const ours = current.includes(holder) || owed.has(holder);
    if (!ours && !nova.bypassed.has(holder)) throw new Violation(`${holder} has a right to ${id} that it never got`);
    if (ours && volume.instanceId !== instanceId) {
      throw new Violation(`volume ${id} of ${volume.instanceId} is served to instance ${instanceId}`);
    }
  }
}
