import { UnixStream } from '@iorcl/vlan-netlink';
import { NbdError } from './nbd-error.ts';

/** Magic numbers and constants of the NBD protocol, doc/proto.md of NetworkBlockDevice/nbd: all numbers are big-endian. */
const INITIAL_MAGIC = 0x4e42444d41474943n;
const OPTION_MAGIC = 0x49484156454f5054n;
const OPTION_REPLY_MAGIC = 0x3e889045565a9n;
const REQUEST_MAGIC = 0x25609513;
const SIMPLE_REPLY_MAGIC = 0x67446698;
/** NBD_FLAG_FIXED_NEWSTYLE and NBD_FLAG_NO_ZEROES, of both sides. */
const FIXED_NEWSTYLE = 1;
const NO_ZEROES = 2;
const OPTION_GO = 7;
const REPLY_ACK = 1;
const REPLY_INFO = 3;
const FIRST_ERROR = 2 ** 31;
const INFO_EXPORT = 0;
const INFO_BLOCK_SIZE = 3;
const COMMAND_READ = 0;
/** NBD_FLAG_READ_ONLY among the transmission flags. */
const READ_ONLY = 2;
/** Longer than any answer to an option that we send. */
const LONGEST_REPLY_BYTES = 64 * 1024;

/** What an NBD server says of an export when a client goes on to use it. */
export interface NbdExport {
  readonly sizeBytes: number;
  /** NBD_FLAG_*, as the server sent them ("Transmission flags"). */
  readonly transmissionFlags: number;
  readonly readOnly: boolean;
  /** Requests must be multiples of it; 1 where the server does not say. */
  readonly minimumBlockBytes: number;
}

export interface NbdSessionOptions {
  /** Bound of the handshake, and of each request, in milliseconds. */
  readonly timeoutMs: number;
}

/**
 * A client's session with an NBD server on a unix socket: the handshake (fixed newstyle, NBD_OPT_GO), after which the
 * descriptor may be handed to the kernel. No byte is read that the kernel would miss. Simple replies only, without TLS: the
 * server is our own, on this host.
 */
export class NbdSession {
  readonly export: NbdExport;
  readonly #stream: UnixStream;
  readonly #timeoutMs: number;
  #requests = 0n;

  private constructor(stream: UnixStream, exported: NbdExport, timeoutMs: number) {
    this.#stream = stream;
    this.export = exported;
    this.#timeoutMs = timeoutMs;
  }

  /** @throws NbdError, UnixStreamError */
  static async open(path: string, exportName: string, { timeoutMs }: NbdSessionOptions): Promise<NbdSession> {
    const stream = UnixStream.connect(path);
    try {
      return new NbdSession(stream, await negotiate(stream, exportName, timeoutMs), timeoutMs);
    } catch (error) {
      stream.close();
      throw error;
    }
  }

  /** To be handed on, while no request is under way. */
  get fd(): number {
    return this.#stream.fd;
  }

  /** NBD_CMD_READ. @throws NbdError, UnixStreamError */
  async read(offset: number, length: number): Promise<Uint8Array> {
    const cookie = ++this.#requests;
    const request = Buffer.alloc(28);
    request.writeUInt32BE(REQUEST_MAGIC, 0);
    request.writeUInt16BE(COMMAND_READ, 6);
    request.writeBigUInt64BE(cookie, 8);
    request.writeBigUInt64BE(BigInt(offset), 16);
    request.writeUInt32BE(length, 24);
    this.#stream.write(request);
    const options = { timeoutMs: this.#timeoutMs };
    const reply = Buffer.from(await this.#stream.read(16, options));
    if (reply.readUInt32BE(0) !== SIMPLE_REPLY_MAGIC || reply.readBigUInt64BE(8) !== cookie) {
      throw new NbdError('bad_answer', `${this.#stream.path}: what came is no reply to the request`);
    }
    const errno = reply.readUInt32BE(4);
    if (errno !== 0) throw new NbdError('refused', `${this.#stream.path}: reading failed with NBD error ${errno}`);
    return await this.#stream.read(length, options);
  }

  /** Ends the session on this side; a descriptor that was handed on lives on. */
  close(): void {
    this.#stream.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

async function negotiate(stream: UnixStream, exportName: string, timeoutMs: number): Promise<NbdExport> {
  const options = { signal: AbortSignal.timeout(timeoutMs), timeoutMs };
  const read = async (length: number): Promise<Buffer> => Buffer.from(await stream.read(length, options));
  const greeting = await read(18);
  const flags = greeting.readUInt16BE(16);
  const isNewstyle = greeting.readBigUInt64BE(0) === INITIAL_MAGIC && greeting.readBigUInt64BE(8) === OPTION_MAGIC;
  if (!isNewstyle || (flags & FIXED_NEWSTYLE) === 0) {
    throw new NbdError('bad_answer', `${stream.path}: no NBD server of the fixed newstyle protocol greets there`);
  }
  stream.write(goOption(exportName, flags));
  let size: Pick<NbdExport, 'sizeBytes' | 'transmissionFlags' | 'readOnly'> | undefined;
  let minimumBlockBytes = 1;
  for (;;) {
    const { type, data } = await optionReply(stream.path, read);
    if (type === REPLY_ACK) break;
    if (type !== REPLY_INFO) continue;
    const kind = data.length < 2 ? undefined : data.readUInt16BE(0);
    if (kind === INFO_EXPORT && data.length === 12) {
      const transmissionFlags = data.readUInt16BE(10);
      const sizeBytes = Number(data.readBigUInt64BE(2));
      size = { sizeBytes, transmissionFlags, readOnly: (transmissionFlags & READ_ONLY) !== 0 };
    }
    if (kind === INFO_BLOCK_SIZE && data.length === 14) minimumBlockBytes = data.readUInt32BE(2);
  }
  if (size !== undefined) return { ...size, minimumBlockBytes };
  throw new NbdError('bad_answer', `${stream.path}: the server did not tell the size of export ${exportName}`);
}

/** The client's flags, and NBD_OPT_GO with a request for NBD_INFO_BLOCK_SIZE: whoever asks for it keeps to it. */
function goOption(exportName: string, serverFlags: number): Buffer {
  const name = Buffer.from(exportName);
  const head = Buffer.alloc(24);
  head.writeUInt32BE(serverFlags & (FIXED_NEWSTYLE | NO_ZEROES), 0);
  head.writeBigUInt64BE(OPTION_MAGIC, 4);
  head.writeUInt32BE(OPTION_GO, 12);
  head.writeUInt32BE(4 + name.length + 4, 16);
  head.writeUInt32BE(name.length, 20);
  const information = Buffer.alloc(4);
  information.writeUInt16BE(1, 0);
  information.writeUInt16BE(INFO_BLOCK_SIZE, 2);
  return Buffer.concat([head, name, information]);
}

async function optionReply(
  path: string,
  read: (length: number) => Promise<Buffer>,
): Promise<{ readonly type: number; readonly data: Buffer }> {
  const head = await read(20);
  const type = head.readUInt32BE(12);
  const length = head.readUInt32BE(16);
  if (head.readBigUInt64BE(0) !== OPTION_REPLY_MAGIC || head.readUInt32BE(8) !== OPTION_GO) {
    throw new NbdError('bad_answer', `${path}: what came is no reply to NBD_OPT_GO`);
  }
  if (length > LONGEST_REPLY_BYTES) throw new NbdError('bad_answer', `${path}: a reply of ${length} bytes`);
  const data = await read(length);
  if (type < FIRST_ERROR) return { type, data };
  const said = data.toString('utf8');
  throw new NbdError('refused', `${path}: NBD_OPT_GO failed with error ${type - FIRST_ERROR}${said && `: ${said}`}`);
}
