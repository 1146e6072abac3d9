export type OvsdbErrorCode =
  /** Not `tcp:HOST:PORT` or `unix:PATH`. */
  | 'ovsdb_address_invalid'
  /** Nobody answers at the address, or the connection broke. */
  | 'ovsdb_unreachable'
  | 'ovsdb_timeout'
  /** What the server sent is not the protocol of RFC 7047. */
  | 'ovsdb_malformed'
  /** The server refused; nothing of the transaction was done. */
  | 'ovsdb_refused'
  /** The switch could not make the interface. */
  | 'ovs_interface_failed';

const retryable: readonly OvsdbErrorCode[] = ['ovsdb_unreachable', 'ovsdb_timeout'];

/** Something went wrong with the database of an Open vSwitch. */
export class OvsdbError extends Error {
  override readonly name = 'OvsdbError';
  readonly code: OvsdbErrorCode;
  readonly retryable: boolean;
  /** The server's own error word, such as `constraint violation` (RFC 7047, 3.1 and 4.1.3). */
  readonly serverError: string | undefined;

  constructor(code: OvsdbErrorCode, message: string, options: { cause?: unknown; serverError?: string } = {}) {
    super(message, { cause: options.cause });
    this.code = code;
    this.retryable = retryable.includes(code);
    this.serverError = options.serverError;
  }
}
