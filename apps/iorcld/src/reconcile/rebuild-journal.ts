import {
  type InstanceState,
  type IoHypervisorDriver,
  limitsFromFlavor,
  limitsFromQosSpecs,
  type VolumeState,
} from '@iorcl/iohyp-driver';
import { describeError, type Logger } from '@iorcl/service';
import type { PluggedNetwork, TenantNetworkPlugs } from '@iorcl/vlan-netlink';
import type { Addressing } from '../attachment/addressing.ts';
import { cinderFacts } from '../attachment/cinder-facts.ts';
import { namesOfExport, sameLimits } from '../attachment/data-plane.ts';
import { grantIdentity } from '../attachment/grant-identity.ts';
import { BYTES_PER_GIB } from '../attachment/plan.ts';
import { type Facts, networkSchema, type Plan, type StepName, stepNames } from '../attachment/record.ts';
import { type CinderPort, CloudError, type CloudPort } from '../cloud/contract.ts';
import type { Journal } from '../journal/journal.ts';

export interface RebuildWorld {
  readonly journal: Journal;
  readonly driver: IoHypervisorDriver;
  readonly plugs: TenantNetworkPlugs;
  readonly cinder: CinderPort;
  readonly cloud: CloudPort;
  readonly addressing: Addressing;
  readonly grantKey: (identity: string) => string;
  readonly host: string;
  readonly logger: Logger;
}

/** The length of the attachment's uuid, with which a grant's identity begins. */
const UUID_LENGTH = 36;

/**
 * Finds again what a damaged journal held: what the data plane serves, for whom, and whether Cinder still means it so.
 * What runs is not touched. Exports of which Cinder has no attachment are not found again; the reconciler will fence them.
 *
 * @returns what couldn't be found out; then it has to be tried again. Empty: all is found.
 */
export async function rebuildJournal(world: RebuildWorld): Promise<readonly string[]> {
  const { journal, driver, plugs, cloud, logger } = world;
  const lost = journal.lost();
  if (lost === undefined) return [];
  const missing: string[] = [];
  const networks = await plugs.list();
  let hosts: readonly string[];
  try {
    hosts = await cloud.computeHosts();
  } catch (cause) {
    return [`the compute hosts: ${describeError(cause)}`];
  }
  for (const instanceId of await driver.list()) {
    const instance = await driver.inspect(instanceId);
    for (const volume of instance?.volumes ?? []) {
      for (const identity of volume.grants) {
        const attachmentId = identity.slice(0, UUID_LENGTH);
        if (instance === undefined || journal.attachment(attachmentId) !== undefined) continue;
        try {
          const found = await restore(world, { instance, volume, identity, attachmentId, networks, hosts });
          logger.warn(`journal: ${found ? 'found again' : 'Cinder has it no more'}`, { attachmentId, instanceId });
        } catch (cause) {
          missing.push(`attachment ${attachmentId} of instance ${instanceId}: ${describeError(cause)}`);
        }
      }
    }
  }
  if (missing.length === 0) {
    journal.setLost(undefined);
    logger.warn(`journal: rebuilt; the damaged one is ${lost.aside}`);
  }
  return missing;
}

interface Served {
  readonly instance: InstanceState;
  readonly volume: VolumeState;
  readonly identity: string;
  readonly attachmentId: string;
  readonly networks: readonly PluggedNetwork[];
  readonly hosts: readonly string[];
}

/** @returns false: Cinder has no such attachment */
async function restore(world: RebuildWorld, served: Served): Promise<boolean> {
  const { cinder, cloud, journal, addressing, grantKey, host, driver } = world;
  const { instance, volume, identity, attachmentId } = served;
  const attachment = await cinder.attachment(attachmentId).catch((cause: unknown) => {
    if (cause instanceof CloudError && cause.code === 'not_found') return undefined;
    throw cause;
  });
  if (attachment === undefined) return false;
  if (attachment.instanceId !== instance.instanceId) {
    throw new Error(`Cinder says that it is for instance ${attachment.instanceId ?? 'none'}`);
  }
  const { sizeGiB, encrypted, multiattach, id: volumeId } = await cinder.volume(attachment.volumeId);
  const encryption = encrypted ? await cinder.encryption(volumeId) : undefined;
  const { host: runsOn, extraSpecs } = await cloud.instance(instance.instanceId);
  const candidates = [...(runsOn === undefined ? [] : [runsOn]), ...served.hosts];
  const computeHost = candidates.find((one) => grantIdentity(attachmentId, one) === identity);
  if (computeHost === undefined) throw new Error(`its right ${identity} is of no compute host that Nova knows`);
  const plan: Plan = {
    ...{ attachmentId, instanceId: instance.instanceId, volumeId, carrier: volume.attachmentId },
    sizeBytes: sizeGiB * BYTES_PER_GIB,
    ...(encryption === undefined ? {} : { encryptionKeyId: encryption.keyId }),
    ...(hasFlavorStage(volume) ? { flavorLimits: limitsFromFlavor(extraSpecs) } : {}),
    ...(multiattach ? { multiattach } : {}),
    ...{ mode: 'host', computeHost, network: networkOf(served) },
  };
  const cinderSays = cinderFacts(attachment, plan);
  const { port } = instance;
  const begun = journal.begin({
    plan,
    ioHost: host,
    driver: driver.name,
    grant: { client: computeHost, identity, secretHex: grantKey(identity) },
    qos: sameLimits(volume.qos, limitsFromQosSpecs(cinderSays.qosSpecs)) ? undefined : volume.qos,
    ports: { first: port, last: port },
  });
  const facts: Partial<Record<StepName, Facts>> = {
    connect: { cinder: cinderSays },
    address: await addressing.reserve(begun, { signal: AbortSignal.timeout(30_000) }),
    plug: { address: instance.address },
    check: { exportedBytes: volume.sizeBytes },
    grant: namesOfExport(volume, identity, driver.capabilities),
  };
  for (const step of stepNames) journal.setStep(attachmentId, step, 'done', facts[step] ?? {});
  journal.setStatus(attachmentId, { intent: 'attach', status: 'attached', fault: null });
  return true;
}

/** The volume's own limits are the other one. */
function hasFlavorStage({ interposers }: VolumeState): boolean {
  return interposers.filter((kind) => kind === 'throttle').length > 1;
}

function networkOf({ networks, attachmentId }: Served): Plan['network'] {
  const plugged = networks.find(({ owners }) => owners.includes(attachmentId));
  if (plugged === undefined) throw new Error('no tenant network is plugged for it');
  return networkSchema.parse(plugged.network);
}
