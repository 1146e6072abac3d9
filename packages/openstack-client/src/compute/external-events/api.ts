import type { CallOptions, SinceOptions } from '../../call-options.ts';
import { microversionOf } from '../../service/microversion.ts';
import type { ServiceClient } from '../../service/service-client.ts';
import type {
  ExternalEvent,
  ExternalEventMicroversion,
  ExternalEventNamesByMicroversion,
  ExternalEventResult,
} from './model.ts';
import { parseExternalEventResult, writeExternalEvent } from './wire.ts';

/** From here on Cinder can tell that a volume has grown. */
const BASE = '2.51';

/** How Neutron and Cinder tell Nova what has happened. Only services and admins may. */
export class ExternalEventsApi {
  readonly #service: ServiceClient;

  constructor(service: ServiceClient) {
    this.#service = service;
  }

  /**
   * NotFoundError: none of the servers is known, or none is on a host. If some are, the answer tells which.
   *
   * @see https://docs.openstack.org/api-ref/compute/#create-external-events-os-server-external-events
   */
  create(events: readonly ExternalEvent[], options?: CallOptions): Promise<ExternalEventResult[]>;
  create<M extends ExternalEventMicroversion>(
    events: readonly ExternalEvent<ExternalEventNamesByMicroversion[M]>[],
    options: CallOptions & SinceOptions<M>,
  ): Promise<ExternalEventResult[]>;
  create(
    events: readonly ExternalEvent<string>[],
    options: CallOptions & Partial<SinceOptions<ExternalEventMicroversion>> = {},
  ): Promise<ExternalEventResult[]> {
    return this.#service.request(
      {
        method: 'POST',
        path: ['os-server-external-events'],
        body: { events: events.map(writeExternalEvent) },
        ...microversionOf(BASE, options.since),
      },
      (answer) => answer.list('events', parseExternalEventResult),
      options,
    );
  }
}
