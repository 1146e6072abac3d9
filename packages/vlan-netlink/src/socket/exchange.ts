import { attributePath } from '../codec/attribute.ts';
import { decodeDoneMessage, decodeErrorMessage, type ErrorMessage } from '../codec/error-message.ts';
import {
  ControlType,
  decodeMessages,
  encodeMessage,
  MESSAGE_HEADER_BYTES,
  type Message,
  MessageFlag,
} from '../codec/message.ts';
import { KernelError } from './kernel-error.ts';

/** A request to the kernel. */
export interface NetlinkRequest {
  /** RTM_* */
  readonly type: number;
  /** NLM_F_*, without REQUEST and ACK, which are added. */
  readonly flags?: number;
  readonly payload: Uint8Array;
  /** For people, in errors: completes the sentence "cannot …". */
  readonly description: string;
  /** Asking again is harmless. Default: as the numbers of rtnetlink say it (RTM_GET* are the types 2 modulo 4). */
  readonly isRead?: boolean;
  /** The kernel answers with exactly one message, or refuses: no acknowledgement is asked for, and none is read. */
  readonly hasOneAnswer?: boolean;
}

/** Bytes of the fixed part in rtnetlink requests: links, addresses, routes, neighbours (`<linux/rtnetlink.h>`). */
const fixedBytes: readonly number[] = [16, 8, 12, 12];
const FIRST_RTNETLINK_TYPE = 16;

/**
 * One request and its answers, without I/O: bytes to send, and what to make of the bytes that arrive.
 * Messages of other exchanges (an earlier one that timed out) are passed over.
 */
export class Exchange {
  readonly request: NetlinkRequest;
  readonly datagram: Uint8Array;
  readonly answers: Message[] = [];
  readonly sequence: number;
  /** The dump is inconsistent, because something changed meanwhile (NLM_F_DUMP_INTR): ask again. */
  interrupted = false;
  readonly #port: number;
  readonly #receive: ((message: Message) => void) | undefined;

  /** @param receive takes each answer as it comes, instead of `answers`; its payload is valid during the call only. */
  constructor(request: NetlinkRequest, sequence: number, port: number, receive?: (message: Message) => void) {
    this.request = request;
    this.sequence = sequence;
    this.#port = port;
    this.#receive = receive;
    const acknowledge = request.hasOneAnswer === true ? 0 : MessageFlag.ack;
    const flags = (request.flags ?? 0) | MessageFlag.request | acknowledge;
    this.datagram = encodeMessage({ type: request.type, flags, sequence, port: 0, payload: request.payload });
  }

  get isRead(): boolean {
    return this.request.isRead ?? (this.request.type & 3) === 2;
  }

  get isDump(): boolean {
    return this.isRead && ((this.request.flags ?? 0) & MessageFlag.dump) === MessageFlag.dump;
  }

  /** For people. */
  get description(): string {
    return this.request.description;
  }

  /**
   * @returns whether the exchange is over.
   * @throws KernelError when the kernel refuses; MalformedMessageError.
   */
  feed(datagram: Uint8Array): boolean {
    // The caller fills its buffer anew: what is kept is copied, once for all messages of a dump's part.
    for (const message of decodeMessages(this.#receive === undefined ? datagram.slice() : datagram)) {
      if (this.accepts(message) && this.take(message)) return true;
    }
    return false;
  }

  /** Whether the message belongs to this exchange. */
  accepts({ sequence, port }: Message): boolean {
    return sequence === this.sequence && port === this.#port;
  }

  /** As {@link feed}, of a message that belongs to this exchange. */
  take(message: Message): boolean {
    if ((message.flags & MessageFlag.dumpInterrupted) !== 0 && message.type !== ControlType.error) {
      this.interrupted = true;
    }
    switch (message.type) {
      case ControlType.noop:
        return false;
      case ControlType.error:
        return this.#end(decodeErrorMessage(message));
      case ControlType.done:
        return this.#end(decodeDoneMessage(message));
      default:
        if (this.#receive === undefined) this.answers.push(message);
        else this.#receive(message);
        return this.request.hasOneAnswer === true;
    }
  }

  #end({ errno, extendedAck }: ErrorMessage): true {
    if (errno !== 0) {
      const path = this.#dislikedAttribute(extendedAck.attributeOffset);
      throw new KernelError(errno, this.request.description, extendedAck, path);
    }
    return true;
  }

  #dislikedAttribute(offset: number | undefined): readonly number[] {
    const { type, payload } = this.request;
    const fixed = fixedBytes[(type - FIRST_RTNETLINK_TYPE) >> 2];
    if (offset === undefined || fixed === undefined) return [];
    return attributePath(payload.subarray(fixed), offset, MESSAGE_HEADER_BYTES + fixed);
  }
}
