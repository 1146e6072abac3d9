import { networkKey } from '../attachment/record.ts';
import type { Finding, FindingKind } from './finding.ts';
import type { Observation, ObservedAttachment } from './observation.ts';

/** A difference that was just seen; since when is the reconciler's to know. */
export type FreshFinding = Omit<Finding, 'since'>;

type Subject = Pick<Finding, 'attachmentId' | 'instanceId' | 'volumeId'>;

/** What the automatic repair of a kind does. */
const repairs: Readonly<Partial<Record<FindingKind, string>>> = {
  attachment_broken: 'do again the steps that do not hold, with the same address, port and key',
  attachment_unfinished: 'go on undoing it',
  cinder_attachment_gone: 'end the export and close the volume',
  instance_gone: "end the export, close the volume, and delete Cinder's attachment",
  size_outdated: 'take over the size',
  data_plane_unowned: 'end its exports and close its volumes',
  data_plane_left: 'end its process, and remove its files and keys',
  network_unowned: 'unplug it for that owner',
  kernel_unowned: 'remove it',
  address_unowned: 'delete the port',
};

/** What a person may do about the others, and by which command. */
const advice: Readonly<Partial<Record<FindingKind, (about: Subject) => { description: string; command: string }>>> = {
  nova_record_differs: ({ attachmentId }) => ({
    description: 'once it is sure that Nova does not come back to it, take it down',
    command: `iorcl attachment delete ${attachmentId}`,
  }),
  host_without_hook: ({ instanceId, volumeId }) => ({
    description: 'once the compute hook is in front of Cinder there, detach the volume and attach it again',
    command: `openstack server remove volume ${instanceId} ${volumeId}`,
  }),
  cinder_attachment_unowned: ({ instanceId, volumeId, attachmentId }) =>
    instanceId === undefined
      ? {
          description: 'nobody uses it: delete it in Cinder',
          command: `openstack --os-volume-api-version 3.44 volume attachment delete ${attachmentId}`,
        }
      : {
          description: 'nothing serves it: detach the volume and attach it again',
          command: `openstack server remove volume ${instanceId} ${volumeId}`,
        },
  data_plane_silent: ({ instanceId }) => ({
    description: 'look at its process; nothing is concluded from its silence',
    command: `pgrep -af ${instanceId}`,
  }),
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
  return [
    ...observation.attachments.filter(({ busy }) => !busy).flatMap((one) => judgeAttachment(one, ids)),
    ...observation.strangers.map(({ attachmentId, volumeId, instanceId }) =>
      finding('cinder_attachment_unowned', attachmentId, { attachmentId, volumeId, instanceId }, [
        `Cinder says that volume ${volumeId} of instance ${instanceId ?? 'none'} is connected by this I/O host, whose journal doesn't know it`,
      ]),
    ),
    ...judgeDataPlane(observation),
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

/** What serves, or is left, of instances and volumes that the journal doesn't know. */
function judgeDataPlane(observation: Observation): readonly FreshFinding[] {
  const { attachments, dataPlane, deadDataPlanes, silentDataPlanes } = observation;
  const instances = new Set(attachments.map(({ record }) => record.plan.instanceId));
  const carriers = new Set(attachments.map(({ record: { plan } }) => `${plan.instanceId}/${plan.carrier}`));
  const left = (instanceId: string, what: string): FreshFinding =>
    finding('data_plane_left', instanceId, { instanceId }, [
      `of instance ${instanceId}, which the journal doesn't know, ${what}`,
    ]);
  return [
    ...dataPlane.flatMap(({ instanceId, volumes }) =>
      volumes
        .filter(({ attachmentId }) => !carriers.has(`${instanceId}/${attachmentId}`))
        .map(({ attachmentId }) =>
          finding('data_plane_unowned', `${instanceId}/${attachmentId}`, { attachmentId, instanceId }, [
            `the data plane of instance ${instanceId} has volume ${attachmentId} open, which the journal doesn't know`,
          ]),
        ),
    ),
    ...dataPlane
      .filter(({ instanceId, volumes }) => volumes.length === 0 && !instances.has(instanceId))
      .map(({ instanceId }) => left(instanceId, 'a data plane runs that has no volumes')),
    ...deadDataPlanes
      .filter((instanceId) => !instances.has(instanceId))
      .map((instanceId) => left(instanceId, 'files and keys of a data plane are left that has ended')),
    // Of those that it knows, their attachments say so.
    ...silentDataPlanes
      .filter(({ instanceId }) => !instances.has(instanceId))
      .map(({ instanceId, why }) =>
        finding('data_plane_silent', instanceId, { instanceId }, [
          `the data plane of instance ${instanceId}, which the journal doesn't know, can't be looked into: ${why}`,
        ]),
      ),
  ];
}

function judgeAttachment(observed: ObservedAttachment, known: ReadonlySet<string>): readonly FreshFinding[] {
  const { record, examination, cinder, instance, cinderBytes, novaAttachment } = observed;
  const { attachmentId, instanceId, volumeId, sizeBytes, carrier } = record.plan;
  const about = { attachmentId, instanceId, volumeId };
  const one = (kind: FindingKind, ...what: readonly string[]): FreshFinding => finding(kind, attachmentId, about, what);
  if (record.intent === 'detach' || record.status === 'attaching') {
    return [one('attachment_unfinished', record.fault?.message ?? `it is ${record.status}, and nobody works on it`)];
  }
  // Whatever has become of the instance: the volume may be somebody else's in a moment.
  if (cinder === 'gone') return [one('cinder_attachment_gone', `Cinder has no attachment ${attachmentId}`)];
  if (instance === 'gone') return [one('instance_gone', `Nova has no instance ${instanceId}`)];
  const grown = cinderBytes !== undefined && cinderBytes > sizeBytes;
  const differs = examination.differences.length > 0 || record.status === 'error';
  // During a migration Nova's record has one of two.
  const ofNova =
    novaAttachment === 'none'
      ? carrier === attachmentId
        ? `Nova doesn't record volume ${volumeId} on instance ${instanceId}`
        : undefined
      : novaAttachment === 'unknown' || known.has(novaAttachment)
        ? undefined
        : `Nova records attachment ${novaAttachment} for volume ${volumeId} on instance ${instanceId}, not ${attachmentId}`;
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
    ...(ofNova === undefined ? [] : [one('nova_record_differs', ofNova)]),
  ];
}

function finding(kind: FindingKind, subject: string, about: Subject, what: readonly string[]): FreshFinding {
  const id = `${kind}:${subject}`;
  const automatic = repairs[kind];
  const repair =
    automatic === undefined
      ? { automatic: false, ...(advice[kind]?.(about) ?? { description: 'a person decides', command: 'iorcl doctor' }) }
      : { automatic: true, description: automatic, command: `iorcl doctor --repair '${id}'` };
  return { kind, id, ...about, message: what.join('; '), repair };
}
