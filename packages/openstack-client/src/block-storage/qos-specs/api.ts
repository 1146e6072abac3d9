import type { CallOptions, ListOptions } from '../../call-options.ts';
import type { Listing } from '../../service/listing.ts';
import { listAll } from '../../service/pages.ts';
import type { ServiceClient } from '../../service/service-client.ts';
import type { QosSpecs, QosSpecsCreate } from './model.ts';
import { parseQosSpecs, writeQosSpecs } from './wire.ts';

/** Only admins may. @see https://docs.openstack.org/api-ref/block-storage/v3/#quality-of-service-qos-specifications-qos-specs */
export class QosSpecsApi {
  readonly #service: ServiceClient;

  constructor(service: ServiceClient) {
    this.#service = service;
  }

  get(id: string, options?: CallOptions): Promise<QosSpecs> {
    return this.#service.request(
      { method: 'GET', path: ['qos-specs', id] },
      (answer) => parseQosSpecs(answer.object('qos_specs')),
      options,
    );
  }

  list(options?: ListOptions): Listing<QosSpecs> {
    return listAll(this.#service, { method: 'GET', path: ['qos-specs'] }, 'qos_specs', parseQosSpecs, options);
  }

  create(qos: QosSpecsCreate, options?: CallOptions): Promise<QosSpecs> {
    return this.#service.request(
      { method: 'POST', path: ['qos-specs'], body: { qos_specs: writeQosSpecs(qos) } },
      (answer) => parseQosSpecs(answer.object('qos_specs')),
      options,
    );
  }

  /** Adds or replaces specs; others stay. */
  set(id: string, specs: Readonly<Record<string, string>>, options?: CallOptions): Promise<void> {
    return this.#service.command({ method: 'PUT', path: ['qos-specs', id], body: { qos_specs: specs } }, options);
  }

  deleteKeys(id: string, keys: readonly string[], options?: CallOptions): Promise<void> {
    return this.#service.command({ method: 'PUT', path: ['qos-specs', id, 'delete_keys'], body: { keys } }, options);
  }

  /** `force`: also when volume types use them. */
  delete(id: string, force: boolean = false, options?: CallOptions): Promise<void> {
    const query = { force: force ? 'true' : undefined };
    return this.#service.command({ method: 'DELETE', path: ['qos-specs', id], query }, options);
  }

  /** Has them apply to a volume type. */
  associate(id: string, volumeTypeId: string, options?: CallOptions): Promise<void> {
    return this.#link(id, 'associate', volumeTypeId, options);
  }

  disassociate(id: string, volumeTypeId: string, options?: CallOptions): Promise<void> {
    return this.#link(id, 'disassociate', volumeTypeId, options);
  }

  /** Cinder changes something on GET here, so it is not repeated. */
  #link(id: string, verb: string, volumeTypeId: string, options: CallOptions | undefined): Promise<void> {
    const query = { vol_type_id: volumeTypeId };
    const path = ['qos-specs', id, verb];
    return this.#service.command({ method: 'GET', path, query, repeatable: false }, options);
  }
}
