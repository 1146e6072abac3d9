import { decodeDoneMessage, decodeErrorMessage, type ErrorMessage } from '../codec/error-message.ts';
import { ControlType, decodeMessages, encodeMessage, type Message, MessageFlag } from '../codec/message.ts';
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
}

/**
 * One request and its answers, without I/O: bytes to send, and what to make of the bytes that arrive.
 * Messages of other exchanges (an earlier one that timed out) are passed over.
 */
export class Exchange {
  readonly request: NetlinkRequest;
  readonly datagram: Uint8Array;
  readonly answers: Message[] = [];
  /** The dump is inconsistent, because something changed meanwhile (NLM_F_DUMP_INTR): ask again. */
  interrupted = false;
  readonly #sequence: number;
  readonly #port: number;

  constructor(request: NetlinkRequest, sequence: number, port: number) {
    this.request = request;
    this.#sequence = sequence;
    this.#port = port;
    const flags = (request.flags ?? 0) | MessageFlag.request | MessageFlag.ack;
    this.datagram = encodeMessage({ type: request.type, flags, sequence, port: 0, payload: request.payload });
  }

  get isDump(): boolean {
    return ((this.request.flags ?? 0) & MessageFlag.dump) === MessageFlag.dump && (this.request.type & 3) === 2;
  }

  /** Asking again is harmless: RTM_GET* are the types 2 modulo 4. */
  get isRead(): boolean {
    return (this.request.type & 3) === 2;
  }

  /**
   * @returns whether the exchange is over.
   * @throws KernelError when the kernel refuses; MalformedMessageError.
   */
  feed(datagram: Uint8Array): boolean {
    for (const message of decodeMessages(datagram)) {
      if (message.sequence === this.#sequence && message.port === this.#port && this.#take(message)) return true;
    }
    return false;
  }

  #take(message: Message): boolean {
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
        // The buffer is used again for the next datagram.
        this.answers.push({ ...message, payload: message.payload.slice() });
        return false;
    }
  }

  #end({ errno, extendedAck }: ErrorMessage): true {
    if (errno !== 0) throw new KernelError(errno, this.request.description, extendedAck);
    return true;
  }
}
