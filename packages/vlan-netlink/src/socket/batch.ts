import { decodeMessages, type Message } from '../codec/message.ts';
import type { Exchange } from './exchange.ts';
import { KernelError } from './kernel-error.ts';

/** What became of one request of several: its answers, or why it was refused. */
export type NetlinkOutcome =
  | { readonly answers: readonly Message[]; readonly error?: undefined }
  | { readonly error: Error; readonly answers?: undefined };

/** Exchanges that go to the kernel in one datagram. A refusal of one does not stop the others. Without I/O. */
export class Batch {
  readonly datagram: Uint8Array;
  readonly description: string;
  readonly #exchanges: readonly Exchange[];
  readonly #outcomes: Map<number, NetlinkOutcome> = new Map();

  constructor(exchanges: readonly Exchange[]) {
    this.#exchanges = exchanges;
    this.datagram = Buffer.concat(exchanges.map(({ datagram }) => datagram));
    this.description = `${exchanges.length} requests, the first of which is: ${exchanges[0]?.description ?? 'none'}`;
  }

  /** @returns whether all exchanges are over. @throws MalformedMessageError */
  feed(datagram: Uint8Array): boolean {
    for (const message of decodeMessages(datagram.slice())) this.#take(message);
    return this.#outcomes.size === this.#exchanges.length;
  }

  /** In the order of the requests; `missing` stands for those that have no answer. */
  outcomes(missing: (exchange: Exchange) => Error): NetlinkOutcome[] {
    return this.#exchanges.map((exchange) => this.#outcomes.get(exchange.sequence) ?? { error: missing(exchange) });
  }

  #take(message: Message): void {
    const first = this.#exchanges[0];
    const exchange = first === undefined ? undefined : this.#exchanges[message.sequence - first.sequence];
    if (exchange?.accepts(message) !== true || this.#outcomes.has(exchange.sequence)) return;
    try {
      if (exchange.take(message)) this.#outcomes.set(exchange.sequence, { answers: exchange.answers });
    } catch (error) {
      if (!(error instanceof KernelError)) throw error;
      this.#outcomes.set(exchange.sequence, { error });
    }
  }
}
