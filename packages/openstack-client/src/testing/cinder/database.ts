import { randomUUID } from 'node:crypto';
import { mkdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { WireRecord } from '../../wire/record.ts';
import type { FakeClock } from '../clock.ts';
import { Table } from '../table.ts';
import type {
  FakeAttachment,
  FakeBlockStorageService,
  FakeMessage,
  FakeQosSpecs,
  FakeSnapshot,
  FakeVolume,
  FakeVolumeType,
} from './model.ts';
import type { VolumeQuotas } from './quotas.ts';
import { fileType, rbdType } from './volume-types.ts';

const GIB = 1024 ** 3;

export interface NewVolume {
  readonly name?: string | undefined;
  readonly description?: string | undefined;
  /** This, or `sizeBytes` (which Cinder then shows rounded up). */
  readonly sizeGiB?: number | undefined;
  readonly sizeBytes?: number | undefined;
  /** Volume type: `file` (default), `rbd`, or one that was added. */
  readonly type?: string | undefined;
  readonly multiattach?: boolean | undefined;
  /** Only the flag: nothing is encrypted. */
  readonly encrypted?: boolean | undefined;
  readonly bootable?: boolean | undefined;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  readonly imageMetadata?: WireRecord | undefined;
}

/** Cinder's tables, and the volumes' files. */
export class CinderDatabase {
  readonly serviceId: string = randomUUID();
  readonly #directory: string;
  readonly #volumes = new Map<string, FakeVolume>();
  readonly #attachments = new Map<string, FakeAttachment>();
  readonly types: Table<FakeVolumeType> = new Table();
  readonly qosSpecs: Table<FakeQosSpecs> = new Table();
  readonly snapshots: Table<FakeSnapshot> = new Table();
  readonly messages: Table<FakeMessage> = new Table();
  /** By project. */
  readonly quotas: Map<string, VolumeQuotas> = new Map();
  services: readonly FakeBlockStorageService[] = [];
  readonly #clock: FakeClock;

  constructor(directory: string, clock: FakeClock) {
    mkdirSync(directory, { recursive: true });
    this.#directory = directory;
    this.#clock = clock;
    for (const type of [rbdType, fileType]) this.addType(type);
  }

  addType(type: FakeVolumeType): void {
    this.types.save(type);
    const host = `storage@${type.driver.backendName}`;
    if (this.services.some((service) => service.host === host)) return;
    const enabled = { status: 'enabled', disabledReason: null } as const;
    const scheduler = this.services.length === 0 ? [{ binary: 'cinder-scheduler', host: 'storage', ...enabled }] : [];
    this.services = [{ binary: 'cinder-volume', host, ...enabled }, ...this.services, ...scheduler];
  }

  /** By name. The last one of a name that several have is the one that counts. */
  type(name: string): FakeVolumeType | undefined {
    return this.types.all().findLast((type) => type.name === name);
  }

  /** Whether a storage backend has what the type asks for. */
  hasBackendFor(type: FakeVolumeType): boolean {
    const wanted = type.extraSpecs['volume_backend_name'];
    return wanted === undefined || this.types.find(({ driver }) => driver.backendName === wanted) !== undefined;
  }

  /** The scheduler finds no place for a new volume. */
  failToPlace(volume: FakeVolume, requestId: string): void {
    this.updateVolume(volume.id, { status: 'error' });
    this.messages.save({
      ...{ id: randomUUID(), eventId: 'VOLUME_VOLUME_001_003', resourceId: volume.id, requestId },
      text: 'schedule allocate volume:Could not find any available weighted backend.',
      ...{ projectId: volume.projectId, createdAt: this.#clock.date() },
    });
  }

  addVolume(request: NewVolume, projectId: string, userId: string, status: FakeVolume['status']): FakeVolume {
    const sizeGiB = request.sizeGiB ?? Math.ceil((request.sizeBytes ?? GIB) / GIB);
    const type = this.type(request.type ?? fileType.name);
    if (type === undefined) throw new Error(`the fake cloud has no volume type ${request.type}`);
    const volume: FakeVolume = {
      id: randomUUID(),
      name: request.name ?? null,
      description: request.description ?? null,
      status,
      sizeGiB,
      sizeBytes: request.sizeBytes ?? sizeGiB * GIB,
      type: type.name,
      projectId,
      userId,
      multiattach: request.multiattach ?? type.extraSpecs['multiattach'] === '<is> True',
      encrypted: request.encrypted ?? type.encryption !== null,
      bootable: request.bootable ?? false,
      metadata: request.metadata ?? {},
      imageMetadata: request.imageMetadata,
      readOnly: false,
      createdAt: this.#clock.date(),
      updatedAt: status === 'creating' ? undefined : this.#clock.date(),
    };
    if (type.driver.fileBacked) {
      writeFileSync(this.path(volume.id), '', { flag: 'wx', mode: 0o600 });
      truncateSync(this.path(volume.id), volume.sizeBytes);
    }
    this.#volumes.set(volume.id, volume);
    return volume;
  }

  /** Where a file-backed volume's bytes are. */
  path(volumeId: string): string {
    return join(this.#directory, `volume-${volumeId}`);
  }

  volume(id: string): FakeVolume | undefined {
    return this.#volumes.get(id);
  }

  volumes(): FakeVolume[] {
    return [...this.#volumes.values()];
  }

  updateVolume(id: string, change: Partial<FakeVolume>): void {
    const volume = this.#volumes.get(id);
    if (volume !== undefined) this.#volumes.set(id, { ...volume, updatedAt: this.#clock.date(), ...change });
  }

  resizeVolume(id: string, sizeGiB: number): void {
    const volume = this.#volumes.get(id);
    if (volume === undefined) return;
    this.updateVolume(id, { sizeGiB, sizeBytes: sizeGiB * GIB });
    if (this.type(volume.type)?.driver.fileBacked) truncateSync(this.path(id), sizeGiB * GIB);
  }

  removeVolume(id: string): void {
    this.#volumes.delete(id);
    rmSync(this.path(id), { force: true });
  }

  attachment(id: string): FakeAttachment | undefined {
    return this.#attachments.get(id);
  }

  attachments(): FakeAttachment[] {
    return [...this.#attachments.values()];
  }

  attachmentsOf(volumeId: string): FakeAttachment[] {
    return this.attachments().filter((attachment) => attachment.volumeId === volumeId);
  }

  saveAttachment(attachment: FakeAttachment): void {
    this.#attachments.set(attachment.id, attachment);
  }

  now(): Date {
    return this.#clock.date();
  }

  removeAttachment(id: string): void {
    this.#attachments.delete(id);
  }
}
