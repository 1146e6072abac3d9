import type { CallOptions, ListOptions } from '../../call-options.ts';
import { OpenStackError } from '../../error/openstack-error.ts';
import { Collection } from '../../service/collection.ts';
import type { Listing } from '../../service/listing.ts';
import type { ServiceClient } from '../../service/service-client.ts';
import type { Message, MessageFilter } from './model.ts';
import { parseMessage } from './wire.ts';

/** From here on they can be filtered, and come page by page; there are messages from 3.3 on. */
const MICROVERSION = '3.5';

/** What went wrong after Cinder had answered. @see https://docs.openstack.org/api-ref/block-storage/v3/#messages */
export class MessagesApi {
  readonly #all: Collection<Message>;

  constructor(service: ServiceClient) {
    this.#all = new Collection(service, {
      path: ['messages'],
      one: 'message',
      many: 'messages',
      parse: parseMessage,
      microversion: MICROVERSION,
    });
  }

  get(id: string, options?: CallOptions): Promise<Message> {
    return this.#all.get(id, options);
  }

  /** The newest first. */
  list(filter: MessageFilter = {}, options?: ListOptions): Listing<Message> {
    const query = {
      resource_uuid: filter.resourceId,
      resource_type: filter.resourceType,
      event_id: filter.eventId,
      request_id: filter.requestId,
    };
    return this.#all.list(query, options);
  }

  delete(id: string, options?: CallOptions): Promise<void> {
    return this.#all.delete(id, options);
  }
}

/** Why something of Cinder's is in an error state, in its own words if it left any. */
export async function reasonOfError(messages: MessagesApi, id: string, options: CallOptions): Promise<string> {
  const nothing = 'Cinder left no message about the reason';
  try {
    const [newest] = await messages.list({ resourceId: id }, options);
    return newest?.text ?? nothing;
  } catch (error) {
    if (!(error instanceof OpenStackError)) throw error;
    return `${nothing} that could be read (${error.code})`;
  }
}
