import type { InstanceState, IoHypervisorDriver } from '@iorcl/iohyp-driver';
import { describeError } from '@iorcl/service';
import type { TenantNetworkPlugs } from '@iorcl/vlan-netlink';
import { EXPORT_DEVICE_OWNER } from '../attachment/addressing.ts';
import type { Gate } from '../attachment/gate.ts';
import type { KeyedLocks } from '../attachment/locks.ts';
import { BYTES_PER_GIB } from '../attachment/plan.ts';
import type { AttachmentRecord } from '../attachment/record.ts';
import type { StepRunner } from '../attachment/runner.ts';
import {
  type CinderPort,
  CloudError,
  type CloudPort,
  type ConnectedAttachment,
  type IoInstance,
  type NetworkPort,
} from '../cloud/contract.ts';
import type { Journal } from '../journal/journal.ts';
import type { ForeignVolume, Observation, ObservedAttachment, Presence, SilentDataPlane } from './observation.ts';

/** What the reconciler looks at. */
export interface ObservedWorld {
  readonly journal: Journal;
  readonly runner: StepRunner;
  readonly driver: IoHypervisorDriver;
  readonly plugs: TenantNetworkPlugs;
  readonly cinder: CinderPort;
  readonly cloud: CloudPort;
  /** Given where addresses are reserved by Neutron ports. */
  readonly neutron?: NetworkPort | undefined;
  readonly locks: KeyedLocks;
  readonly host: string;
}

/** What Nova says of one instance. */
interface InstanceFacts {
  readonly presence: Presence;
  /** Volume id -> attachment id. */
  readonly volumes: ReadonlyMap<string, string> | undefined;
}

/**
 * Looks at everything once and changes nothing. What runs is listed before the journal is read, so that something which
 * begins meanwhile is never taken for a leftover.
 *
 * @param gate bounds how much is asked at once
 */
export async function observe(world: ObservedWorld, gate: Gate, requestId?: string): Promise<Observation> {
  const { driver, plugs, journal, neutron, host } = world;
  const unanswered: string[] = [];
  const ask = async <T>(what: string, call: () => Promise<T>): Promise<T | 'gone' | 'unknown'> => {
    try {
      return await gate.run(call);
    } catch (cause) {
      if (cause instanceof CloudError && cause.code === 'not_found') return 'gone';
      unanswered.push(`${what}: ${describeError(cause)}`);
      return 'unknown';
    }
  };

  const dataPlane: InstanceState[] = [];
  const deadDataPlanes: string[] = [];
  const silentDataPlanes: SilentDataPlane[] = [];
  for (const instanceId of await driver.list()) {
    try {
      const state = await gate.run(() => driver.inspect(instanceId));
      if (state === undefined) deadDataPlanes.push(instanceId);
      else dataPlane.push(state);
    } catch (cause) {
      silentDataPlanes.push({ instanceId, why: describeError(cause) });
    }
  }
  const networks = await plugs.list();
  const kernelLeftovers = await ask('kernel', () => plugs.sweep({ dryRun: true }));
  const exportPorts =
    neutron === undefined
      ? undefined
      : await ask('Neutron', () => neutron.exportPorts({ deviceOwner: EXPORT_DEVICE_OWNER, host }, { requestId }));

  const connectedHere = await ask('Cinder, volumes of this host', () => world.cinder.connectedTo(host, { requestId }));

  const isBusy = ({ plan: { attachmentId, instanceId } }: AttachmentRecord): boolean =>
    world.locks.busy(`attachment:${attachmentId}`) || world.locks.busy(`instance:${instanceId}`);
  const records = journal.attachments();
  // What ends while Nova is asked was still under way in the record that is judged.
  const busyWhenRead = new Set(records.filter(isBusy));
  const instanceIds = [...new Set(records.map(({ plan }) => plan.instanceId))];
  const instances = new Map(await Promise.all(instanceIds.map(async (id) => [id, await instanceFacts(id)] as const)));
  const attachments = await Promise.all(records.map((record) => observed(record)));
  const foreignVolumes = (await Promise.all(instanceIds.map((id) => foreignVolumesOf(id)))).flat();
  const ioInstances = await ask('Nova, instances of io flavors', () => world.cloud.ioInstances({ requestId }));
  const unknown = Array.isArray(ioInstances) ? ioInstances.filter(({ id }) => !instances.has(id)) : [];
  foreignVolumes.push(...(await Promise.all(unknown.map((one) => connectedByTheirHost(one)))).flat());
  return {
    attachments,
    ...{ dataPlane, deadDataPlanes, silentDataPlanes },
    networks,
    kernelLeftovers: Array.isArray(kernelLeftovers) ? kernelLeftovers : [],
    exportPorts: Array.isArray(exportPorts) ? exportPorts : undefined,
    foreignVolumes,
    strangers: await strangersOf(Array.isArray(connectedHere) ? connectedHere : []),
    unanswered,
  };

  async function instanceFacts(id: string): Promise<InstanceFacts> {
    const instance = await ask(`Nova, instance ${id}`, () => world.cloud.instance(id, { requestId }));
    if (typeof instance === 'string') return { presence: instance, volumes: undefined };
    const volumes = await ask(`Nova, volumes of ${id}`, () => world.cloud.instanceVolumes(id, { requestId }));
    return { presence: 'present', volumes: typeof volumes === 'string' ? undefined : volumes };
  }

  async function observed(record: AttachmentRecord): Promise<ObservedAttachment> {
    const { attachmentId, instanceId, volumeId } = record.plan;
    const before = busyWhenRead.has(record) || isBusy(record);
    const facts = instances.get(instanceId);
    const attachment = await ask(`Cinder, attachment ${attachmentId}`, () =>
      world.cinder.attachment(attachmentId, { requestId }),
    );
    const volume = await ask(`Cinder, volume ${volumeId}`, () => world.cinder.volume(volumeId, { requestId }));
    const examination = await gate.run(() => world.runner.examine(record, { requestId }));
    unanswered.push(...examination.unanswered);
    return {
      record,
      busy: before || isBusy(record),
      examination,
      cinder: typeof attachment === 'string' ? attachment : 'present',
      instance: facts?.presence ?? 'unknown',
      cinderBytes: typeof volume === 'string' ? undefined : volume.sizeGiB * BYTES_PER_GIB,
      novaAttachment: facts?.volumes === undefined ? 'unknown' : (facts.volumes.get(volumeId) ?? 'none'),
    };
  }

  /** Whoever detaches tells Cinder last: what is just leaving is in Cinder's list, and gone when it is asked for. */
  async function strangersOf(connected: readonly ConnectedAttachment[]): Promise<readonly ConnectedAttachment[]> {
    const found: ConnectedAttachment[] = [];
    for (const one of connected) {
      if (records.some(({ plan }) => plan.attachmentId === one.attachmentId)) continue;
      const now = await ask(`Cinder, attachment ${one.attachmentId}`, () =>
        world.cinder.attachment(one.attachmentId, { requestId }),
      );
      const known = journal.attachment(one.attachmentId) !== undefined;
      if (typeof now === 'object' && now.status === 'attached' && !known) found.push(one);
    }
    return found;
  }

  /** Volumes of an io instance that nobody here knows, which its compute host has connected itself. */
  async function connectedByTheirHost({ id, host: computeHost, volumeIds }: IoInstance): Promise<ForeignVolume[]> {
    if (computeHost === undefined || volumeIds.length === 0) return [];
    const volumes = await ask(`Nova, volumes of ${id}`, () => world.cloud.instanceVolumes(id, { requestId }));
    if (typeof volumes === 'string') return [];
    const found: ForeignVolume[] = [];
    for (const [volumeId, attachmentId] of volumes) {
      const volume = await ask(`Cinder, volume ${volumeId}`, () => world.cinder.volume(volumeId, { requestId }));
      const by = typeof volume === 'string' ? undefined : volume.completed.get(attachmentId)?.host;
      if (by === computeHost) found.push({ instanceId: id, volumeId, attachmentId, host: by });
    }
    return found;
  }

  /** Volumes that Nova has on an instance of ours, and that Cinder has connected to another host than this. */
  async function foreignVolumesOf(instanceId: string): Promise<readonly ForeignVolume[]> {
    const known = new Set(journal.select({ instanceId }).map(({ plan }) => plan.volumeId));
    const others = [...(instances.get(instanceId)?.volumes ?? [])].filter(([volumeId]) => !known.has(volumeId));
    const found: ForeignVolume[] = [];
    for (const [volumeId, attachmentId] of others) {
      const volume = await ask(`Cinder, volume ${volumeId}`, () => world.cinder.volume(volumeId, { requestId }));
      const by = typeof volume === 'string' ? undefined : volume.completed.get(attachmentId)?.host;
      if (by !== undefined && by !== host) found.push({ instanceId, volumeId, attachmentId, host: by });
    }
    return found;
  }
}
