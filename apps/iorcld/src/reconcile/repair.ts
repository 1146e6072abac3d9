import type { IoHypervisorDriver } from '@iorcl/iohyp-driver';
import type { TenantNetworkPlugs } from '@iorcl/vlan-netlink';
import { addressLock, EXPORT_DEVICE_OWNER } from '../attachment/addressing.ts';
import type { Attachments } from '../attachment/attachments.ts';
import type { KeyedLocks } from '../attachment/locks.ts';
import { networkKey } from '../attachment/record.ts';
import { type CinderPort, CloudError, type CloudPort, type NetworkPort } from '../cloud/contract.ts';
import type { Journal } from '../journal/journal.ts';
import type { Finding } from './finding.ts';

/** What repairs act on. */
export interface RepairWorld {
  readonly journal: Journal;
  readonly attachments: Attachments;
  readonly driver: IoHypervisorDriver;
  readonly plugs: TenantNetworkPlugs;
  readonly cinder: CinderPort;
  readonly cloud: CloudPort;
  readonly neutron?: NetworkPort | undefined;
  readonly locks: KeyedLocks;
  readonly host: string;
}

interface RepairCall {
  readonly requestId?: string | undefined;
}

/**
 * Does the one safe repair of a finding. Everything is looked at once more where nobody else can change it: what the pass
 * saw may be over. Answers what was done.
 *
 * @throws whatever the repair failed with; repeating it goes on from there
 */
export async function repair(world: RepairWorld, finding: Finding, call: RepairCall): Promise<string> {
  const { kind, attachmentId = '', instanceId = '' } = finding;
  const { attachments, journal, cinder, cloud } = world;
  switch (kind) {
    case 'attachment_broken':
      await attachments.repair(attachmentId, call);
      return 'repaired';
    case 'size_outdated':
      await attachments.resize(attachmentId, undefined, call);
      return 'resized';
    case 'attachment_unfinished':
      return (await attachments.removeUnfinished(attachmentId, call)) ? 'undone' : 'left alone: it is attached now';
    case 'cinder_attachment_gone': {
      if (!(await isGone(cloud, () => cinder.attachment(attachmentId, call), call))) return 'left alone: Cinder has it';
      await attachments.remove(attachmentId, call);
      return 'fenced: its export and backend are gone';
    }
    case 'instance_gone': {
      if (!(await isGone(cloud, () => cloud.instance(instanceId, call), call))) return 'left alone: Nova has it';
      await attachments.removeOrphan(attachmentId, call);
      return "fenced, and Cinder's attachment deleted";
    }
    case 'data_plane_unowned':
      return closeUnowned(world, instanceId, attachmentId);
    case 'network_unowned':
      return unplugUnowned(world, attachmentId);
    case 'data_plane_left':
      return endLeft(world, instanceId);
    case 'kernel_unowned': {
      const what = finding.id.slice(`${kind}:`.length);
      return `removed: ${(await world.plugs.sweep({ dryRun: false, only: [what] })).join(', ') || 'nothing was left'}`;
    }
    case 'address_unowned':
      return deleteUnownedPort(world, finding, call);
    case 'nova_record_differs':
    case 'host_without_hook':
    case 'cinder_attachment_unowned':
    case 'data_plane_silent':
      throw new Error(`${kind} has no automatic repair`);
  }

  async function closeUnowned({ driver, locks }: RepairWorld, instance: string, carrier: string): Promise<string> {
    return locks.run([`instance:${instance}`], async () => {
      if (journal.select({ instanceId: instance }).some(({ plan }) => plan.carrier === carrier)) {
        return 'left alone: the journal has it now';
      }
      const key = { instanceId: instance, attachmentId: carrier };
      const volume = (await driver.inspect(instance))?.volumes.find((one) => one.attachmentId === carrier);
      for (const identity of volume?.grants ?? []) await driver.revoke(key, identity);
      await driver.unexport(key);
      await driver.close(key);
      return 'closed';
    });
  }

  async function endLeft({ driver, locks }: RepairWorld, instance: string): Promise<string> {
    return locks.run([`instance:${instance}`], async () => {
      if (journal.select({ instanceId: instance }).length > 0) return 'left alone: the journal has it now';
      const state = await driver.inspect(instance);
      if (state !== undefined && state.volumes.length > 0) return 'left alone: it serves volumes';
      // With its last volume a data plane ends. There is none, so any name will do.
      await driver.close({ instanceId: instance, attachmentId: instance });
      if (!(await driver.list()).includes(instance)) return 'ended';
      throw new Error(
        `records of volumes are left in the runtime directory of instance ${instance}: look whether their storage is still connected, and remove them`,
      );
    });
  }

  async function unplugUnowned({ plugs, locks }: RepairWorld, owner: string): Promise<string> {
    const plugged = (await plugs.list()).filter(({ owners }) => owners.includes(owner));
    for (const { network } of plugged) {
      await locks.run([`attachment:${owner}`, `network:${networkKey(network)}`], async () => {
        if (journal.attachment(owner) === undefined) await plugs.unplug({ network, owner });
      });
    }
    return `unplugged from ${plugged.length} networks`;
  }

  async function deleteUnownedPort(
    { neutron, locks, host }: RepairWorld,
    { id }: Finding,
    { requestId }: RepairCall,
  ): Promise<string> {
    const ports = (await neutron?.exportPorts({ deviceOwner: EXPORT_DEVICE_OWNER, host }, { requestId })) ?? [];
    const port = ports.find((one) => `address_unowned:${one.id}` === id);
    if (port === undefined) return 'left alone: it is gone';
    const { networkId } = port;
    return locks.run([addressLock(networkId)], async () => {
      if (journal.attachments().some(({ plan }) => plan.network.networkId === networkId)) {
        return 'left alone: the network is in use now';
      }
      await neutron?.deletePort(port.id, { requestId });
      return 'deleted';
    });
  }
}

/** Whether the cloud really doesn't have it: said so again just now, to somebody who would have seen it. */
async function isGone(cloud: CloudPort, look: () => Promise<unknown>, call: RepairCall): Promise<boolean> {
  try {
    await look();
    return false;
  } catch (cause) {
    if (!(cause instanceof CloudError) || cause.code !== 'not_found') throw cause;
  }
  if (await cloud.seesEverything(call)) return true;
  throw new Error(
    'it is not found, but our service user has lost the role admin, so that means nothing: give the role back',
  );
}
