import type { CallOptions, ListOptions } from '../../call-options.ts';
import { Collection } from '../../service/collection.ts';
import type { Listing } from '../../service/listing.ts';
import type { ServiceClient } from '../../service/service-client.ts';
import type {
  VolumeType,
  VolumeTypeCreate,
  VolumeTypeEncryption,
  VolumeTypeEncryptionCreate,
  VolumeTypeFilter,
  VolumeTypeUpdate,
} from './model.ts';
import { parseEncryption, parseVolumeType, writeEncryption, writeVolumeType } from './wire.ts';

/** Only admins may change types. @see https://docs.openstack.org/api-ref/block-storage/v3/#volume-types-types */
export class VolumeTypesApi {
  readonly #service: ServiceClient;
  readonly #all: Collection<VolumeType>;

  constructor(service: ServiceClient) {
    this.#service = service;
    const shape = { path: ['types'], one: 'volume_type', many: 'volume_types', parse: parseVolumeType };
    this.#all = new Collection(service, shape);
  }

  get(id: string, options?: CallOptions): Promise<VolumeType> {
    return this.#all.get(id, options);
  }

  list({ isPublic }: VolumeTypeFilter = {}, options?: ListOptions): Listing<VolumeType> {
    return this.#all.list({ is_public: isPublic === undefined ? undefined : String(isPublic) }, options);
  }

  create(type: VolumeTypeCreate, options?: CallOptions): Promise<VolumeType> {
    return this.#all.create(writeVolumeType(type), options);
  }

  update(id: string, change: VolumeTypeUpdate, options?: CallOptions): Promise<VolumeType> {
    const { name, description, isPublic: is_public } = change;
    return this.#all.update('PUT', id, { name, description, is_public }, options);
  }

  /** BadRequestError: there are volumes of this type. */
  delete(id: string, options?: CallOptions): Promise<void> {
    return this.#all.delete(id, options);
  }

  extraSpecs(id: string, options?: CallOptions): Promise<Readonly<Record<string, string>>> {
    return this.#service.request(
      { method: 'GET', path: ['types', id, 'extra_specs'] },
      (answer) => answer.stringRecord('extra_specs'),
      options,
    );
  }

  /** Adds or replaces extra specs; others stay. */
  setExtraSpecs(id: string, extraSpecs: Readonly<Record<string, string>>, options?: CallOptions): Promise<void> {
    const body = { extra_specs: extraSpecs };
    return this.#service.command({ method: 'POST', path: ['types', id, 'extra_specs'], body }, options);
  }

  deleteExtraSpec(id: string, key: string, options?: CallOptions): Promise<void> {
    return this.#service.command({ method: 'DELETE', path: ['types', id, 'extra_specs', key] }, options);
  }

  /** Undefined: volumes of this type are not encrypted. */
  encryption(id: string, options?: CallOptions): Promise<VolumeTypeEncryption | undefined> {
    return this.#service.request({ method: 'GET', path: ['types', id, 'encryption'] }, parseEncryption, options);
  }

  /** Volumes that are made of this type from now on are encrypted. BadRequestError: it has volumes, or is encrypted already. */
  createEncryption(id: string, encryption: VolumeTypeEncryptionCreate, options?: CallOptions): Promise<void> {
    const body = { encryption: writeEncryption(encryption) };
    return this.#service.command({ method: 'POST', path: ['types', id, 'encryption'], body }, options);
  }

  /** BadRequestError: it has volumes. NotFoundError: it is not encrypted. */
  deleteEncryption(id: string, options?: CallOptions): Promise<void> {
    // A type has one encryption at most; Cinder takes any id for it.
    return this.#service.command({ method: 'DELETE', path: ['types', id, 'encryption', 'provider'] }, options);
  }
}
