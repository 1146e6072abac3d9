import type { VolumeState } from '../../contract.ts';
import { stageOfBlockDriver } from '../../interposers/registry.ts';
import { readLimits, throttleStage } from '../../interposers/throttle/throttle-stage.ts';
import { admittedClients } from './admitted-clients.ts';
import { type BlockExport, type BlockGraph, type BlockNode, readBlockGraph } from './block-graph.ts';
import { type BlockNames, blockNames } from './identifiers.ts';
import { notOpen, type Session } from './session.ts';
import { readVolumeRecord, readVolumeRecords, type VolumeRecord } from './volume-record.ts';

/** A volume as it is found in the daemon, with what its record adds. */
export interface OpenVolume {
  readonly record: VolumeRecord;
  readonly names: BlockNames;
  readonly raw: BlockNode;
  /** Filter nodes, nearest to the backend first. */
  readonly stages: readonly BlockNode[];
  readonly export: BlockExport | undefined;
}

export function topNode(volume: OpenVolume): BlockNode {
  return volume.stages.at(-1) ?? volume.raw;
}

/** The throttle stage nearest to the export. */
function throttleNode(volume: OpenVolume): BlockNode | undefined {
  return volume.stages.findLast(({ driver }) => driver === throttleStage.blockDriver);
}

/** Undefined when nothing of the volume is open. */
export async function findOpenVolume(session: Session, attachmentId: string): Promise<OpenVolume | undefined> {
  const record = await readVolumeRecord(session.directory, attachmentId);
  return record === undefined ? undefined : locate(record, await readBlockGraph(session));
}

/** @throws {DriverError} `not_open` */
export async function requireOpenVolume(session: Session, attachmentId: string): Promise<OpenVolume> {
  const volume = await findOpenVolume(session, attachmentId);
  if (volume === undefined || volume.record.incomplete === true) {
    throw notOpen(session.directory, attachmentId);
  }
  return volume;
}

export async function findOpenVolumes(session: Session): Promise<readonly OpenVolume[]> {
  const graph = await readBlockGraph(session);
  const records = await readVolumeRecords(session.directory);
  return records.map((record) => locate(record, graph)).filter((volume) => volume !== undefined);
}

/** State of a volume that must be open, read back from the daemon. */
export async function readState(session: Session, attachmentId: string): Promise<VolumeState> {
  const volume = await requireOpenVolume(session, attachmentId);
  return stateOf(session, volume, await (await admittedClients(session.directory, session)).identities());
}

export async function stateOf(
  session: Session,
  volume: OpenVolume,
  identities: readonly string[],
): Promise<VolumeState> {
  const { record } = volume;
  const throttle = throttleNode(volume);
  return {
    attachmentId: record.attachmentId,
    backend: record.backend,
    sizeBytes: topNode(volume).sizeBytes,
    readOnly: volume.raw.readOnly || (volume.export !== undefined && record.export?.readOnly === true),
    interposers: volume.stages.flatMap(({ driver }) => stageOfBlockDriver(driver)?.kind ?? []),
    ...(throttle === undefined ? {} : { qos: await readLimits(session.qmp, throttle.name, session.call) }),
    exportName: volume.export === undefined ? undefined : record.export?.name,
    grants: record.grants.filter((identity) => identities.includes(identity)),
  };
}

function locate(record: VolumeRecord, graph: BlockGraph): OpenVolume | undefined {
  const names = blockNames(record.attachmentId);
  const raw = graph.nodes.get(names.raw);
  if (raw === undefined) {
    return undefined;
  }
  const stages: BlockNode[] = [];
  for (
    let node = graph.nodes.get(names.stage(0));
    node !== undefined;
    node = graph.nodes.get(names.stage(stages.length))
  ) {
    stages.push(node);
  }
  return { record, names, raw, stages, export: graph.exports.get(names.export) };
}
