import { littleEndian, viewOf } from '../codec/bytes.ts';
import { binding } from '../native/binding.ts';
import { describeErrno, Errno, errnoName } from '../native/errno.ts';
import { waitReadable } from '../socket/wait-readable.ts';

const AF_UNIX = 1;
/** Connecting to one that accepts nobody must not stop this thread. */
const SOCK_STREAM_NONBLOCK_CLOEXEC = 1 | 0o4000 | 0o2000000;
/** `sizeof(struct sockaddr_un)`, unix(7). */
const SOCKADDR_UN_BYTES = 110;
const DEFAULT_TIMEOUT_MS = 10_000;

/** A conversation over a unix socket can't go on. */
export class UnixStreamError extends Error {
  override readonly name = 'UnixStreamError';
  /** Name of the errno, such as `ECONNREFUSED`; `ended`: by the other side; `timeout`; `closed`: on this side. */
  readonly code: string;
  readonly path: string;

  constructor(code: string, path: string, message: string) {
    super(message);
    this.code = code;
    this.path = path;
  }
}

export interface UnixReadOptions {
  /** Default 10,000. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/**
 * A connected unix stream socket whose descriptor can be handed on. Nothing is read ahead: what was not asked for stays for
 * whoever gets the descriptor, a child process or a part of the kernel (nbd, for example). Node's own sockets hide theirs.
 */
export class UnixStream {
  readonly path: string;
  #fd: number;

  private constructor(path: string, fd: number) {
    this.path = path;
    this.#fd = fd;
  }

  /** @throws UnixStreamError; RangeError for a path that is none, or longer than 107 bytes */
  static connect(path: string): UnixStream {
    const address = socketAddress(path);
    const fd = binding().socket(AF_UNIX, SOCK_STREAM_NONBLOCK_CLOEXEC, 0);
    if (fd < 0) throw failed(path, 'socket', -fd);
    const result = binding().connect(fd, address);
    if (result < 0) {
      binding().close(fd);
      throw failed(path, 'connect', -result);
    }
    return new UnixStream(path, fd);
  }

  /** To be handed on, non-blocking; it is closed with this stream. @throws UnixStreamError `closed` */
  get fd(): number {
    if (this.#fd < 0) throw new UnixStreamError('closed', this.path, `the connection to ${this.path} is closed`);
    return this.#fd;
  }

  /** Writes all, at once. @throws UnixStreamError, `EAGAIN` when the other side does not read */
  write(bytes: Uint8Array): void {
    for (let sent = 0; sent < bytes.length; ) {
      const result = binding().send(this.fd, bytes.subarray(sent));
      if (result === -Errno.EINTR) continue;
      if (result < 0) throw failed(this.path, 'send', -result);
      sent += result;
    }
  }

  /** Reads exactly so many bytes. @throws UnixStreamError; the signal's reason */
  async read(length: number, options: UnixReadOptions = {}): Promise<Uint8Array> {
    const { timeoutMs = DEFAULT_TIMEOUT_MS, signal } = options;
    const deadline = performance.now() + timeoutMs;
    const bytes = new Uint8Array(length);
    const sender = new Uint8Array(SOCKADDR_UN_BYTES);
    for (let received = 0; received < length; ) {
      const result = binding().receive(this.fd, bytes.subarray(received), sender);
      if (result > 0) received += result;
      else if (result === 0) throw new UnixStreamError('ended', this.path, `${this.path} ended the connection`);
      else if (result === -Errno.EAGAIN) {
        if (await waitReadable(this.fd, deadline - performance.now(), signal)) continue;
        const text = `${this.path} has sent ${received} bytes within ${timeoutMs} ms, where ${length} were expected`;
        throw new UnixStreamError('timeout', this.path, text);
      } else if (result !== -Errno.EINTR) throw failed(this.path, 'receive', -result);
    }
    return bytes;
  }

  /** Closing twice is fine. Whoever was handed the descriptor keeps the connection. */
  close(): void {
    if (this.#fd < 0) return;
    binding().close(this.#fd);
    this.#fd = -1;
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** `struct sockaddr_un` with the path's final zero byte. */
function socketAddress(path: string): Uint8Array {
  const name = new TextEncoder().encode(path);
  if (name.length === 0 || name.includes(0) || name.length > SOCKADDR_UN_BYTES - 3) {
    throw new RangeError(`${JSON.stringify(path)} can't be a unix socket's path: expected 1 to 107 bytes`);
  }
  const bytes = new Uint8Array(2 + name.length + 1);
  viewOf(bytes).setUint16(0, AF_UNIX, littleEndian);
  bytes.set(name, 2);
  return bytes;
}

function failed(path: string, call: string, errno: number): UnixStreamError {
  return new UnixStreamError(errnoName(errno), path, `cannot talk to ${path}: ${call}: ${describeErrno(errno)}`);
}
