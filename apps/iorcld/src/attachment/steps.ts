import type { IoHypervisorDriver } from '@iorcl/iohyp-driver';
import type { TenantNetworkPlugs } from '@iorcl/vlan-netlink';
import type { CinderPort, Connector } from '../cloud/contract.ts';
import { type Addressing, addressLock } from './addressing.ts';
import { cinderFacts } from './cinder-facts.ts';
import { connectDifferences, connectorOf } from './connection.ts';
import {
  type ActualState,
  exportName,
  isReadOnly,
  listenerAddress,
  namesOfExport,
  sameLimits,
  sizeDifferences,
  volumeKey,
  wantedInterposers,
  wantedLimits,
} from './data-plane.ts';
import { differs } from './difference.ts';
import type { Listening } from './listening.ts';
import type { KeyedLocks } from './locks.ts';
import { type AttachmentRecord, networkKey } from './record.ts';
import type { Step, StepContext } from './step.ts';

/** What the steps act on. */
export interface World {
  readonly cinder: CinderPort;
  readonly addressing: Addressing;
  readonly plugs: TenantNetworkPlugs;
  readonly driver: IoHypervisorDriver;
  /** This I/O host's storage connector: the volume is connected here, never on the compute host. */
  readonly connector: Connector;
  readonly locks: KeyedLocks;
  readonly listening: Listening;
  /** Whether another attachment uses this one's opened volume and export. */
  readonly shared: (record: AttachmentRecord) => boolean;
}

/**
 * The state machine of an attachment: done from top to bottom, undone from bottom to top, every undo verified before the
 * next one begins. So Cinder, which Nova tells last, can't be told of a detach while an export or an open backend is left.
 *
 * | step | do | undo |
 * |---|---|---|
 * | connect | give Cinder's attachment this host's connector | – (goes with the attachment, which Nova deletes; of an instance that is gone, we do) |
 * | address | reserve this host's address on the tenant network | give it back, if nobody here uses it |
 * | plug | plug the tenant network | unplug it for this attachment |
 * | open | open the volume's storage | close it, if no other attachment uses it |
 * | interpose | decrypt, limit | – (goes with the opened volume) |
 * | check | compare what clients would see with Cinder's size; grow with it | – |
 * | export | offer it on the tenant network | end that, if no other attachment uses it |
 * | grant | give the compute host the right to connect | take it away, and cut the compute host off |
 */
export function attachmentSteps(world: World): readonly Step[] {
  const { cinder, addressing, plugs, driver, connector, locks, listening, shared } = world;
  return [
    {
      name: 'connect',
      timeoutMs: 60_000,
      do: async ({ record, call }) => {
        const { attachmentId } = record.plan;
        const before = await cinder.attachment(attachmentId, call);
        // While another attachment connects the volume Cinder takes no connector, so this one's came with its creation.
        if (before.connectionInfo !== undefined && shared(record)) {
          return { cinder: cinderFacts(before, record.plan) };
        }
        const connected = await cinder.connect(attachmentId, connectorOf(connector, record), call);
        // A new connector makes Cinder believe that Nova is not there yet; Nova won't say it a second time.
        if (before.status === 'attached') await cinder.complete(attachmentId, call);
        return { cinder: cinderFacts(connected, record.plan) };
      },
      verify: async ({ record, call }, expected) =>
        expected === 'done' ? connectDifferences(cinder, connector, record, call) : [],
      undo: async ({ record, call }) => {
        if (record.orphaned) await cinder.deleteAttachment(record.plan.attachmentId, call);
      },
    },
    {
      name: 'address',
      timeoutMs: 30_000,
      do: async ({ record, call }) => onAddresses(record, () => addressing.reserve(record, call)),
      verify: async ({ record, call }, expected) => addressing.differences(record, expected, call),
      undo: async ({ record, call }) => onAddresses(record, () => addressing.release(record, call)),
    },
    {
      name: 'plug',
      timeoutMs: 30_000,
      do: async ({ record, call }) => {
        const { network, attachmentId: owner } = record.plan;
        const addresses = record.facts.exportPort?.addresses ?? [];
        const plugged = await onNetwork(record, () => plugs.plug({ network, owner, addresses, signal: call.signal }));
        const [given] = addresses;
        const { linkLocal } = plugged;
        return { linkLocal, address: given === undefined ? linkLocal : given.slice(0, given.indexOf('/')) };
      },
      verify: async ({ record }, expected) => {
        const owned = (await plugs.list()).some(
          ({ network, owners }) =>
            networkKey(network) === networkKey(record.plan.network) && owners.includes(record.plan.attachmentId),
        );
        if (expected === 'undone') return owned ? ['the attachment still owns the network'] : [];
        return owned ? plugs.verify(record.plan.network) : ['the network is not plugged for this attachment'];
      },
      undo: async ({ record, call }) => {
        const { network, attachmentId: owner } = record.plan;
        await onNetwork(record, () => plugs.unplug({ network, owner, signal: call.signal }));
      },
    },
    {
      name: 'open',
      timeoutMs: 60_000,
      do: async (context) => {
        const { record, call } = context;
        // Opened by the attachment that this one takes over from.
        if (shared(record) && (await actual(context)).volume !== undefined) return {};
        const address = required(listenerAddress(record), 'the address of the tenant network');
        const { network, sizeBytes, encryptionKeyId, volumeId, multiattach } = record.plan;
        const listener = {
          address,
          port: record.port,
          openSocket: () => plugs.listen(network, address, record.port),
          runInside: <T>(action: () => T): T => plugs.runInside(network, action),
        };
        await driver.open(
          {
            key: volumeKey(record),
            // By the volume's id clients recognise a disk.
            connectionInfo: { ...required(record.facts.cinder, "Cinder's answer").connectionInfo, volume_id: volumeId },
            readOnly: isReadOnly(record),
            listener,
            // What lies on the storage of an encrypted volume may be larger by its header: what is decrypted is checked instead.
            expected: encryptionKeyId === undefined ? { sizeBytes } : {},
            willDecrypt: encryptionKeyId !== undefined,
            shareable: multiattach === true,
          },
          call,
        );
        return {};
      },
      verify: async (context, expected) => {
        const { instance, volume } = await actual(context);
        if (expected === 'undone') {
          return volume === undefined || shared(context.record) ? [] : ['the backend is still open'];
        }
        if (instance === undefined || volume === undefined) return ['the backend is not open'];
        return [
          ...differs('address', instance.address, listenerAddress(context.record)),
          ...differs('port', instance.port, context.record.port),
          ...differs('read-only', volume.readOnly, isReadOnly(context.record)),
          // A namespace that was lost and made anew has lost its sockets to the old one: the process serves nobody.
          ...differs('listener in the tenant network', listening(context.record.plan.network, instance.port), true),
        ];
      },
      undo: async ({ record, call }) => {
        if (shared(record)) return;
        // An export that another attachment began, and left because this one used it, too.
        await driver.unexport(volumeKey(record), call);
        await driver.close(volumeKey(record), call);
      },
    },
    {
      name: 'interpose',
      timeoutMs: 30_000,
      do: async (context) => {
        const { record, call } = context;
        const { volume } = await actual(context);
        const interposers = stages(record);
        const standing = volume?.interposers.join() === interposers.map(({ kind }) => kind).join();
        if (standing && volume?.exportName !== undefined) {
          const limited = interposers.some(({ kind }) => kind === 'throttle');
          if (limited) await driver.setQos({ key: volumeKey(record), limits: wantedLimits(record) }, call);
          return {};
        }
        // Nothing is served without its stages, not even while they are being put there.
        if (volume?.exportName !== undefined) await driver.unexport(volumeKey(record), call);
        await driver.interpose({ key: volumeKey(record), interposers }, call);
        return {};
      },
      verify: async (context, expected) => {
        if (expected === 'undone') return [];
        const { volume } = await actual(context);
        const wanted = stages(context.record);
        return [
          ...differs('interposers', volume?.interposers.join(), wanted.map(({ kind }) => kind).join()),
          ...(sameLimits(volume?.qos, wantedLimits(context.record)) ? [] : ['the limits are not those wanted']),
        ];
      },
      undo: async () => {},
    },
    {
      // The size is the first thing that differs when a path leads to another volume than Cinder meant.
      name: 'check',
      timeoutMs: 60_000,
      do: async (context) => {
        const { record, call } = context;
        const { volume } = await actual(context);
        const { sizeBytes } = record.plan;
        // Of one that was never served, a size that is too small is a sign that it is the wrong one.
        const served = volume?.exportName !== undefined || record.steps.has('export');
        const grown = volume !== undefined && served && volume.sizeBytes < sizeBytes;
        const now = grown ? await driver.resize({ key: volumeKey(record), sizeBytes }, call) : volume;
        return { exportedBytes: now?.sizeBytes };
      },
      verify: async (context, expected) => {
        if (expected === 'undone') return [];
        const seen = (await actual(context)).volume?.sizeBytes;
        // Also known here where it was another attachment, by which the volume is shared, that made it grow.
        return [
          ...sizeDifferences(context.record, seen),
          ...differs('journalled size in bytes', context.record.facts.exportedBytes, seen),
        ];
      },
      undo: async () => {},
    },
    {
      name: 'export',
      timeoutMs: 30_000,
      do: async ({ record, call }) => {
        await driver.export(
          { key: volumeKey(record), exportName: exportName(record), readOnly: isReadOnly(record) },
          call,
        );
        return {};
      },
      verify: async (context, expected) => {
        const { volume } = await actual(context);
        if (expected === 'undone' && shared(context.record)) return [];
        return differs('export', volume?.exportName, expected === 'done' ? exportName(context.record) : undefined);
      },
      undo: async ({ record, call }) => {
        if (!shared(record)) await driver.unexport(volumeKey(record), call);
      },
    },
    {
      name: 'grant',
      timeoutMs: 30_000,
      do: async ({ record, call }) => {
        const { identity, secretHex } = record.grant;
        const granted = await driver.grant({ key: volumeKey(record), identity, secretHex }, call);
        return namesOfExport(granted, identity, driver.capabilities);
      },
      verify: async (context, expected) => {
        const { volume } = await actual(context);
        const granted = volume?.grants.includes(context.record.grant.identity) ?? false;
        if (expected === 'done') return granted ? [] : ['the compute host has no right to the export'];
        return granted ? ['the compute host still has a right to the export'] : [];
      },
      undo: async (context) => {
        const { record, call } = context;
        await driver.revoke(volumeKey(record), record.grant.identity, call);
        // What is not exported now is not for this attachment to export: its stages may be missing.
        if (!shared(record) || (await actual(context)).volume?.exportName === undefined) return;
        // Whoever is connected stays so without a right. Everybody is cut off; who still has a right connects again and goes
        // on.
        if (driver.cutOff !== undefined) return await driver.cutOff(volumeKey(record), call);
        await driver.unexport(volumeKey(record), call);
        await driver.export(
          { key: volumeKey(record), exportName: exportName(record), readOnly: isReadOnly(record) },
          call,
        );
      },
    },
  ];

  function stages(record: AttachmentRecord): ReturnType<typeof wantedInterposers> {
    return wantedInterposers(record, driver.capabilities.interposers);
  }

  function onNetwork<T>({ plan }: AttachmentRecord, action: () => Promise<T>): Promise<T> {
    return locks.run([`network:${networkKey(plan.network)}`], action);
  }

  function onAddresses<T>({ plan: { network } }: AttachmentRecord, action: () => Promise<T>): Promise<T> {
    return locks.run([`network:${networkKey(network)}`, addressLock(network.networkId)], action);
  }

  async function actual({ record, call }: StepContext): Promise<ActualState> {
    const instance = await driver.inspect(record.plan.instanceId, call);
    if (instance === undefined) return {};
    const volume = instance.volumes.find((one) => one.attachmentId === record.plan.carrier);
    return volume === undefined ? { instance } : { instance, volume };
  }
}

function required<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`The journal lacks ${what}, which an earlier step should have recorded.`);
  return value;
}
