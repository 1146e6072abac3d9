import type { InstanceState, IoHypervisorDriver, VolumeKey, VolumeState } from '@iorcl/iohyp-driver';
import type { TenantNetworkPlugs } from '@iorcl/vlan-netlink';
import type { CinderPort, Connector } from '../cloud/contract.ts';
import { cinderFacts } from './cinder-facts.ts';
import type { Listening } from './listening.ts';
import type { KeyedLocks } from './locks.ts';
import { type AttachmentRecord, networkKey } from './record.ts';
import type { Step, StepCall, StepContext } from './step.ts';

/** What the steps act on. */
export interface World {
  readonly cinder: CinderPort;
  readonly plugs: TenantNetworkPlugs;
  readonly driver: IoHypervisorDriver;
  /** This I/O host's storage connector: the volume is connected here, never on the compute host. */
  readonly connector: Connector;
  readonly locks: KeyedLocks;
  readonly listening: Listening;
}

/**
 * The state machine of an attachment: done from top to bottom, undone from bottom to top, every undo verified before the
 * next one begins. So Cinder, which Nova tells last, can't be told of a detach while an export or an open backend is left.
 */
export function attachmentSteps({ cinder, plugs, driver, connector, locks, listening }: World): readonly Step[] {
  return [
    {
      name: 'connect',
      timeoutMs: 60_000,
      do: async ({ record, call }) => ({
        cinder: cinderFacts(await cinder.connect(record.plan.attachmentId, connectorOf(connector, record), call)),
      }),
      verify: async ({ record, call }, expected) =>
        expected === 'done' ? connectDifferences(cinder, connector, record, call) : [],
      // Cinder forgets a connector only together with the attachment, and that is Nova's to delete: its own DELETE goes
      // to Cinder after this detach has been answered.
      undo: async () => {},
    },
    {
      name: 'plug',
      timeoutMs: 30_000,
      do: async ({ record, call }) => {
        const plugged = await locks.run([`network:${networkKey(record.plan.network)}`], () =>
          plugs.plug({ network: record.plan.network, owner: record.plan.attachmentId, signal: call.signal }),
        );
        return { address: plugged.linkLocal };
      },
      verify: async ({ record }, expected) => {
        const owned = (await plugs.list()).some(
          (plugged) =>
            networkKey(plugged.network) === networkKey(record.plan.network) &&
            plugged.owners.includes(record.plan.attachmentId),
        );
        if (expected === 'undone') return owned ? ['the attachment still owns the network'] : [];
        return owned ? plugs.verify(record.plan.network) : ['the network is not plugged for this attachment'];
      },
      undo: async ({ record, call }) => {
        await locks.run([`network:${networkKey(record.plan.network)}`], () =>
          plugs.unplug({ network: record.plan.network, owner: record.plan.attachmentId, signal: call.signal }),
        );
      },
    },
    {
      name: 'open',
      timeoutMs: 60_000,
      do: async ({ record, call }) => {
        const address = required(record.facts.address, 'the address of the tenant network');
        const { network } = record.plan;
        await driver.open(
          {
            key: keyOf(record),
            connectionInfo: required(record.facts.cinder, "Cinder's answer").connectionInfo,
            readOnly: isReadOnly(record),
            listener: { address, port: record.port, openSocket: () => plugs.listen(network, address, record.port) },
          },
          call,
        );
        return {};
      },
      verify: async (context, expected) => {
        const { instance, volume } = await actual(context);
        if (expected === 'undone') return volume === undefined ? [] : ['the backend is still open'];
        if (instance === undefined || volume === undefined) return ['the backend is not open'];
        return [
          ...differs('address', instance.address, context.record.facts.address),
          ...differs('port', instance.port, context.record.port),
          ...differs('read-only', volume.readOnly, isReadOnly(context.record)),
          // A namespace that was lost and made anew has lost its sockets to the old one: the process serves nobody.
          ...differs('listener in the tenant network', listening(context.record.plan.network, instance.port), true),
        ];
      },
      undo: ({ record, call }) => driver.close(keyOf(record), call),
    },
    {
      // The size is the first thing that differs when a path leads to another volume than Cinder meant.
      name: 'check',
      timeoutMs: 10_000,
      do: async () => ({}),
      verify: async (context, expected) => {
        if (expected === 'undone') return [];
        const { volume } = await actual(context);
        return differs('size in bytes', volume?.sizeBytes, context.record.plan.sizeBytes);
      },
      undo: async () => {},
    },
    {
      name: 'interpose',
      timeoutMs: 30_000,
      do: async ({ record, call }) => {
        await driver.interpose({ key: keyOf(record), interposers: [] }, call);
        return {};
      },
      verify: async (context, expected) => {
        const { volume } = await actual(context);
        if (expected === 'undone' && volume === undefined) return [];
        return differs('interposers', volume?.interposers.join(), '');
      },
      // Stages go with the backend they stand on.
      undo: async () => {},
    },
    {
      name: 'export',
      timeoutMs: 30_000,
      do: async ({ record, call }) => {
        const readOnly = isReadOnly(record);
        await driver.export({ key: keyOf(record), exportName: exportNameOf(record), readOnly }, call);
        return {};
      },
      verify: async (context, expected) => {
        const { volume } = await actual(context);
        return differs('export', volume?.exportName, expected === 'done' ? exportNameOf(context.record) : undefined);
      },
      undo: ({ record, call }) => driver.unexport(keyOf(record), call),
    },
    {
      name: 'grant',
      timeoutMs: 30_000,
      do: async ({ record, call }) => {
        const { identity, secretHex } = record.grant;
        await driver.grant({ key: keyOf(record), identity, secretHex }, call);
        return {};
      },
      verify: async (context, expected) => {
        const { volume } = await actual(context);
        const granted = volume?.grants.includes(context.record.grant.identity) ?? false;
        if (expected === 'done') return granted ? [] : ['the compute host has no right to the export'];
        return granted ? ['the compute host still has a right to the export'] : [];
      },
      undo: ({ record, call }) => driver.revoke(keyOf(record), record.grant.identity, call),
    },
  ];

  async function actual(context: StepContext): Promise<{ instance?: InstanceState; volume?: VolumeState }> {
    const { plan } = context.record;
    const instance = await driver.inspect(plan.instanceId, context.call);
    if (instance === undefined) return {};
    const volume = instance.volumes.find((one) => one.attachmentId === plan.attachmentId);
    return volume === undefined ? { instance } : { instance, volume };
  }
}

/** Name of the export. Cinder's attachment uuid, since one volume may have two attachments during a migration. */
export function exportNameOf(record: AttachmentRecord): string {
  return record.plan.attachmentId;
}

export function isReadOnly(record: AttachmentRecord): boolean {
  return record.facts.cinder?.accessMode === 'ro';
}

function keyOf(record: AttachmentRecord): VolumeKey {
  return { instanceId: record.plan.instanceId, attachmentId: record.plan.attachmentId };
}

function connectorOf(connector: Connector, { plan }: AttachmentRecord): Connector {
  return plan.mountpoint === undefined ? connector : { ...connector, mountpoint: plan.mountpoint };
}

async function connectDifferences(
  cinder: CinderPort,
  connector: Connector,
  { plan }: AttachmentRecord,
  call: StepCall,
): Promise<readonly string[]> {
  const attachment = await cinder.attachment(plan.attachmentId, call);
  if (attachment.connectionInfo === undefined) return ['Cinder holds no connection_info for the attachment'];
  const volume = await cinder.volume(plan.volumeId, call);
  return [
    ...differs("Cinder's volume", attachment.volumeId, plan.volumeId),
    ...differs("Cinder's instance", attachment.instanceId, plan.instanceId),
    // Cinder lists an attachment's host only after os-complete.
    ...differs(
      "the host in Cinder's attachment",
      volume.attachedHosts.get(plan.attachmentId) ?? connector.host,
      connector.host,
    ),
  ];
}

function differs(what: string, actual: string | number | boolean | undefined, expected: typeof actual): string[] {
  return actual === expected ? [] : [`${what} is ${actual ?? 'missing'}, expected ${expected ?? 'none'}`];
}

function required<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`The journal lacks ${what}, which an earlier step should have recorded.`);
  return value;
}
