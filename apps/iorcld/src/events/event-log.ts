import type { ApiEvent } from '@iorcl/api';

/** An event without what the log itself gives it. */
export type EventFacts = ApiEvent extends infer E ? (E extends ApiEvent ? Omit<E, 'id' | 'at'> : never) : never;

export interface EventLogOptions {
  /** How many events are kept for those who were away. Default 1 000. */
  readonly capacity?: number;
  /** Tells this run's ids from those of others. Default: the time. */
  readonly epoch?: string;
}

/** What follows an event: of a `lost` one it isn't known any more. */
export interface Missed {
  readonly lost: boolean;
  readonly events: readonly ApiEvent[];
}

/** What happened lately, in order, for whoever follows it. Lives as long as the process: a restart loses it. */
export class EventLog {
  readonly #capacity: number;
  readonly #epoch: string;
  readonly #events: ApiEvent[] = [];
  readonly #listeners = new Set<(event: ApiEvent) => void>();
  #count = 0;

  constructor({ capacity = 1_000, epoch = Date.now().toString(36) }: EventLogOptions = {}) {
    this.#capacity = capacity;
    this.#epoch = epoch;
  }

  /** The id of the newest event; before the first one, an id that comes before it. */
  get lastId(): string {
    return this.#id(this.#count);
  }

  get followers(): number {
    return this.#listeners.size;
  }

  append(facts: EventFacts): void {
    this.#count += 1;
    const event: ApiEvent = { id: this.lastId, at: new Date().toISOString(), ...facts };
    this.#events.push(event);
    if (this.#events.length > this.#capacity) this.#events.shift();
    for (const listener of this.#listeners) listener(event);
  }

  /** What came after the event with this id. */
  since(id: string): Missed {
    const [, epoch, digits] = /^(.*)-(\d+)$/.exec(id) ?? [];
    const seen = Number(digits);
    const oldest = this.#count - this.#events.length;
    if (epoch !== this.#epoch || seen > this.#count || seen < oldest) return { lost: true, events: [] };
    return { lost: false, events: this.#events.slice(seen - oldest) };
  }

  /** Tells of each event from now on, until the answer is called. */
  follow(listener: (event: ApiEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  #id(count: number): string {
    return `${this.#epoch}-${count}`;
  }
}
