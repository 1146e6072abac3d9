/** Bytes that are no netlink message. Nothing of the message was used. */
export class MalformedMessageError extends Error {
  override readonly name = 'MalformedMessageError';
  readonly code = 'malformed_message';
  readonly retryable = false;
  /** Where in the given bytes the first wrong thing stands. */
  readonly offset: number;

  constructor(what: string, offset: number) {
    super(`malformed netlink message: ${what} at byte ${offset}`);
    this.offset = offset;
  }
}
