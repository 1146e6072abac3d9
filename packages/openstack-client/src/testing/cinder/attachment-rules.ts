import { randomUUID } from 'node:crypto';
import type { WireRecord } from '../../wire/record.ts';
import { badRequest, conflict, Fault } from '../http/fault.ts';
import type { CinderDatabase } from './database.ts';
import type { FakeAttachment, FakeVolume, FakeVolumeStatus, FakeVolumeType } from './model.ts';

/** What Cinder asks Nova: the attachment by which Nova uses a volume for a server. */
export type AskNova = (instanceId: string, volumeId: string) => string | undefined;

/**
 * Cinder's rules for attachments: what each call needs, and what it makes of the volume's and the attachment's status.
 * Kept to what Cinder 21 does (`cinder/volume/api.py`, `cinder/volume/manager.py`), odd corners included.
 */
export class AttachmentRules {
  readonly #database: CinderDatabase;
  readonly #askNova: AskNova;

  constructor(database: CinderDatabase, askNova: AskNova) {
    this.#database = database;
    this.#askNova = askNova;
  }

  /** Answers the attachment as Cinder answers it: still `reserved`, even if a connector made it `attaching`. */
  create(volume: FakeVolume, instanceId: string | undefined, connector: WireRecord | undefined): FakeAttachment {
    if (volume.status === 'error') {
      throw badRequest(`Invalid volume: Volume attachments can not be created if the volume is in an error state.`);
    }
    this.#reserve(volume, instanceId);
    const attachment: FakeAttachment = {
      id: randomUUID(),
      volumeId: volume.id,
      instanceId,
      status: 'reserved',
      attachMode: 'null',
      host: undefined,
      mountpoint: undefined,
      connector: undefined,
      connectionInfo: {},
      attachedAt: undefined,
      projectId: volume.projectId,
    };
    this.#database.saveAttachment(attachment);
    if (connector === undefined) return attachment;
    const connected = this.#connect(attachment, connector, 'create');
    // The API saves its own idea of the mode over what the connection made of it.
    this.#database.saveAttachment({ ...connected, attachMode: 'null' });
    return { ...attachment, connectionInfo: connected.connectionInfo };
  }

  /** Answers the attachment as it was before, but with its new connection_info, as Cinder does. */
  update(attachment: FakeAttachment, connector: WireRecord): FakeAttachment {
    const volume = this.#volumeOf(attachment);
    if (volume.status === 'error') throw failedUpdate(`the volume ${volume.id} is in an error state`);
    const all = this.#database.attachmentsOf(volume.id);
    const connected = all.some((other) => Object.keys(other.connectionInfo).length > 0);
    if (all.length > 1 && !volume.multiattach && connected) {
      throw failedUpdate(`Invalid volume: duplicate connectors detected on volume ${volume.id}`);
    }
    const updated = this.#connect(attachment, connector, 'update');
    return { ...attachment, connectionInfo: updated.connectionInfo };
  }

  complete(attachment: FakeAttachment): void {
    this.#database.saveAttachment({ ...attachment, status: 'attached' });
    this.#database.updateVolume(attachment.volumeId, { status: 'in-use' });
  }

  /** Answers the volume's remaining attachments. */
  delete(attachment: FakeAttachment, isServiceRequest: boolean): FakeAttachment[] {
    if (!isServiceRequest) this.refuseIfNovaUses(attachment);
    this.#database.removeAttachment(attachment.id);
    const rest = this.#database.attachmentsOf(attachment.volumeId);
    this.#database.updateVolume(attachment.volumeId, { status: statusFrom(rest) });
    return rest;
  }

  /** The fix of CVE-2023-2088: only Nova itself may take away what Nova uses. */
  refuseIfNovaUses({ id, instanceId, volumeId, connectionInfo }: FakeAttachment): void {
    if (instanceId === undefined || Object.keys(connectionInfo).length === 0) return;
    if (this.#askNova(instanceId, volumeId) !== id) return;
    const message = `Detach volume from instance ${instanceId} using the Compute API`;
    throw conflict(`ConflictNovaUsingAttachment: ${message}`);
  }

  beginDetaching(volume: FakeVolume): void {
    const attached = this.#database.attachmentsOf(volume.id).some(({ status }) => status === 'attached');
    if (volume.status !== 'in-use' || !attached) {
      throw badRequest(
        "Invalid volume: Unable to detach volume. Volume status must be 'in-use' and attach_status must be 'attached' to detach.",
      );
    }
    this.#database.updateVolume(volume.id, { status: 'detaching' });
  }

  rollDetaching(volume: FakeVolume): void {
    if (volume.status === 'detaching') this.#database.updateVolume(volume.id, { status: 'in-use' });
  }

  #reserve(volume: FakeVolume, instanceId: string | undefined): void {
    const free = volume.status === 'available' || (volume.multiattach && volume.status === 'in-use');
    if (free) {
      this.#database.updateVolume(volume.id, { status: 'reserved' });
      return;
    }
    // The same server again is a migration, and is let through; the volume keeps its status.
    const sameServer =
      instanceId !== undefined &&
      (volume.status === 'in-use' || volume.status === 'reserved') &&
      this.#database.attachmentsOf(volume.id).some((other) => other.instanceId === instanceId);
    if (sameServer) return;
    const needed = volume.multiattach ? 'available or in-use or downloading' : 'available or downloading';
    throw badRequest(
      `Invalid volume: Volume ${volume.id} status must be ${needed} to reserve, but the current status is ${volume.status}.`,
    );
  }

  #connect(attachment: FakeAttachment, connector: WireRecord, verb: 'create' | 'update'): FakeAttachment {
    const volume = this.#volumeOf(attachment);
    const host = connector['host'];
    if (typeof host !== 'string') throw new Fault(500, 'computeFault', `Unable to ${verb} the attachment.`);
    const type = this.#database.type(volume.type);
    if (type === undefined) throw failedUpdate(`no backend for volume type ${volume.type}`);
    const connection = type.driver.connect(volume, this.#database.path(volume.id), connector);
    const mode = connector['mode'] === 'ro' || volume.readOnly ? 'ro' : 'rw';
    const connected: FakeAttachment = {
      ...attachment,
      status: 'attaching',
      attachMode: attachment.attachMode === 'null' ? mode : attachment.attachMode,
      host,
      mountpoint: typeof connector['mountpoint'] === 'string' ? connector['mountpoint'] : 'na',
      connector,
      connectionInfo: {
        ...connection.data,
        qos_specs: this.#qosFor(type),
        access_mode: volume.readOnly ? 'ro' : 'rw',
        encrypted: volume.encrypted,
        cacheable: false,
        driver_volume_type: connection.driver_volume_type,
        attachment_id: attachment.id,
      },
      attachedAt: this.#database.now(),
    };
    this.#database.saveAttachment(connected);
    this.#database.updateVolume(volume.id, { status: 'attaching' });
    return connected;
  }

  /** Only what the one who connects must keep to; the rest is the backend's own business. */
  #qosFor({ qosSpecsId }: FakeVolumeType): WireRecord | null {
    const qos = qosSpecsId === null ? undefined : this.#database.qosSpecs.get(qosSpecsId);
    return qos === undefined || qos.consumer === 'back-end' ? null : qos.specs;
  }

  #volumeOf(attachment: FakeAttachment): FakeVolume {
    const volume = this.#database.volume(attachment.volumeId);
    if (volume === undefined) throw new Error(`attachment ${attachment.id} of a volume that does not exist`);
    return volume;
  }
}

function failedUpdate(why: string): Fault {
  return new Fault(500, 'computeFault', `Unable to update attachment.(${why}).`);
}

/** attached before attaching before reserved; nothing left is `available`. */
function statusFrom(attachments: readonly FakeAttachment[]): FakeVolumeStatus {
  const has = (status: FakeAttachment['status']): boolean => attachments.some((one) => one.status === status);
  if (has('attached')) return 'in-use';
  if (has('attaching')) return 'attaching';
  return has('reserved') ? 'reserved' : 'available';
}
