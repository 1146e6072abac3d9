import type { Attachment, DrainHostAnswer, Host, StorageConnector, UpdateHostRequest } from '@iorcl/api';
import type { EventLog } from '../events/event-log.ts';
import { HttpError } from './http-error.ts';

/** What the journal keeps of this host. */
export interface HostRecord {
  readonly status: 'enabled' | 'disabled';
  readonly reason: string | null;
  /** ISO 8601, UTC. */
  readonly updatedAt: string;
}

export interface HostStore {
  host(): HostRecord;
  setHost(change: { readonly status: HostRecord['status']; readonly reason: string | null }): void;
}

export interface ThisHostOptions {
  readonly name: string;
  readonly store: HostStore;
  readonly attachments: () => readonly Attachment[];
  readonly connector: StorageConnector;
  readonly events: EventLog;
}

/** This I/O host as operators see it: enabled, or disabled with a reason. */
export class ThisHost {
  readonly #options: ThisHostOptions;

  constructor(options: ThisHostOptions) {
    this.#options = options;
  }

  view(): Host {
    const { name, store, attachments, connector } = this.#options;
    const { status, reason, updatedAt } = store.host();
    return {
      ...{ binary: 'iorcld', host: name, zone: 'nova', status, state: 'up', disabledReason: reason },
      ...{ attachments: attachments().length, connector, updatedAt },
    };
  }

  /** @throws HttpError `not_found` */
  update(host: string, { status, reason: given }: UpdateHostRequest): Host {
    const reason = given ?? null;
    this.#refuseOther(host);
    const before = this.#options.store.host();
    if (before.status !== status || before.reason !== reason) {
      this.#options.store.setHost({ status, reason });
      this.#options.events.append({ type: `host.${status}`, host: this.view() });
    }
    return this.view();
  }

  /**
   * Disables the host, if it isn't yet, and answers what is left on it.
   *
   * @throws HttpError `not_found`
   */
  drain(host: string, reason: string | undefined): DrainHostAnswer {
    this.#refuseOther(host);
    const before = this.#options.store.host();
    if (before.status === 'enabled' || (reason !== undefined && reason !== before.reason)) {
      this.update(host, { status: 'disabled', reason: reason ?? 'drained' });
    }
    return { host: this.view(), remaining: this.#options.attachments() };
  }

  #refuseOther(host: string): void {
    const { name } = this.#options;
    if (host !== name)
      throw new HttpError('not_found', `There is no I/O host ${host} here; this iorcld is that of ${name}.`);
  }
}
