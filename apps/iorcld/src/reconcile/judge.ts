import { networkKey } from '../attachment/record.ts';
import type { Finding, FindingKind } from './finding.ts';
import type { Observation, ObservedAttachment } from './observation.ts';

/** A difference that was just seen; since when is the reconciler's to know. */
export type FreshFinding = Omit<Finding, 'since'>;

/** What the automatic repair of each kind does. `undefined`: it is a person's to decide. */
const repairs: Readonly<Record<FindingKind, string | undefined>> = {
  attachment_broken: 'do again the steps that do not hold, with the same address, port and key',
  attachment_unfinished: 'go on undoing it',
  cinder_attachment_gone: 'end the export and close the volume',
  instance_gone: "end the export, close the volume, and delete Cinder's attachment",
  size_outdated: 'take over the size',
  data_plane_unowned: 'end its exports and close its volumes',
  network_unowned: 'unplug it for that owner',
  kernel_unowned: 'remove it',
  address_unowned: 'delete the port',
  nova_record_differs: undefined,
  host_without_hook: undefined,
};

/** Kinds whose repair takes something down that serves data. */
export const takesDown: ReadonlySet<FindingKind> = new Set([
  'cinder_attachment_gone',
  'instance_gone',
  'data_plane_unowned',
]);

/** What follows from an observation. Pure. Silence proves nothing, and what is being worked on is left alone. */
export function judge(observation: Observation): readonly FreshFinding[] {
  const known = observation.attachments.map(({ record }) => record);
  const ids = new Set(known.map(({ plan }) => plan.attachmentId));
  const carriers = new Set(known.map(({ plan }) => `${plan.instanceId}/${plan.carrier}`));
  return [
    ...observation.attachments.filter(({ busy }) => !busy).flatMap(judgeAttachment),
    ...observation.dataPlane.flatMap(({ instanceId, volumes }) =>
      volumes
        .filter(({ attachmentId }) => !carriers.has(`${instanceId}/${attachmentId}`))
        .map(({ attachmentId }) =>
          finding('data_plane_unowned', `${instanceId}/${attachmentId}`, { attachmentId, instanceId }, [
            `the data plane of instance ${instanceId} has volume ${attachmentId} open, which the journal doesn't know`,
          ]),
        ),
    ),
    ...observation.networks.flatMap(({ network, owners }) =>
      owners
        .filter((owner) => !ids.has(owner))
        .map((owner) =>
          finding('network_unowned', `${networkKey(network)}/${owner}`, { attachmentId: owner }, [
            `network ${networkKey(network)} is plugged for ${owner}, which the journal doesn't know`,
          ]),
        ),
    ),
    ...observation.kernelLeftovers.map((what) =>
      finding('kernel_unowned', what, {}, [`${what} carries our mark and belongs to no plug`]),
    ),
    ...(observation.exportPorts ?? [])
      .filter(({ networkId }) => !known.some(({ plan }) => plan.network.networkId === networkId))
      .map(({ id, networkId, addresses }) =>
        finding('address_unowned', id, {}, [
          `Neutron port ${id} reserves ${addresses.join(', ') || 'nothing'} on network ${networkId}, where nothing is exported`,
        ]),
      ),
    ...observation.foreignVolumes.map(({ instanceId, volumeId, attachmentId, host }) =>
      finding('host_without_hook', attachmentId, { attachmentId, instanceId, volumeId }, [
        `volume ${volumeId} of io instance ${instanceId} is connected by ${host}, not by this I/O host: is the compute hook in front of Cinder there? Detach and attach it again once it is`,
      ]),
    ),
  ];
}

function judgeAttachment(observed: ObservedAttachment): readonly FreshFinding[] {
  const { record, examination, cinder, instance, cinderBytes, novaAttachment } = observed;
  const { attachmentId, instanceId, volumeId, sizeBytes, carrier } = record.plan;
  const about = { attachmentId, instanceId, volumeId };
  const one = (kind: FindingKind, ...what: readonly string[]): FreshFinding => finding(kind, attachmentId, about, what);
  if (record.intent === 'detach' || record.status === 'attaching') {
    return [one('attachment_unfinished', record.fault?.message ?? `it is ${record.status}, and nobody works on it`)];
  }
  if (instance === 'gone') return [one('instance_gone', `Nova has no instance ${instanceId}`)];
  if (cinder === 'gone') return [one('cinder_attachment_gone', `Cinder has no attachment ${attachmentId}`)];
  const grown = cinderBytes !== undefined && cinderBytes > sizeBytes;
  const differs = examination.differences.length > 0 || record.status === 'error';
  return [
    ...(grown ? [one('size_outdated', `${sizeBytes} bytes are exported, Cinder says ${cinderBytes}`)] : []),
    ...(differs
      ? [
          one(
            'attachment_broken',
            ...(examination.differences.length > 0
              ? examination.differences
              : [record.fault?.message ?? 'it is in error']),
          ),
        ]
      : []),
    // During a migration Nova's record has one of two.
    ...(novaAttachment === 'none' && carrier === attachmentId
      ? [
          one(
            'nova_record_differs',
            `Nova doesn't record volume ${volumeId} on instance ${instanceId}: delete the attachment if it is not about to`,
          ),
        ]
      : []),
  ];
}

function finding(
  kind: FindingKind,
  subject: string,
  about: Pick<Finding, 'attachmentId' | 'instanceId' | 'volumeId'>,
  what: readonly string[],
): FreshFinding {
  const automatic = repairs[kind];
  return {
    kind,
    id: `${kind}:${subject}`,
    ...about,
    message: what.join('; '),
    repair: { automatic: automatic !== undefined, description: automatic ?? 'none: this is for a person to decide' },
  };
}
