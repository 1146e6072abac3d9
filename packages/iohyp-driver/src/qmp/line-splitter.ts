import { QmpError } from './qmp-error.ts';

const NEWLINE = 0x0a;

/** Cuts a byte stream into lines, however they are spread over chunks. An endless line is an error, not an endless buffer. */
export class LineSplitter {
  readonly #maxLineBytes: number;
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;

  constructor(maxLineBytes: number) {
    this.#maxLineBytes = maxLineBytes;
  }

  /** @throws {QmpError} `protocol` when a line exceeds the limit */
  push(chunk: Uint8Array): string[] {
    const lines: string[] = [];
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      this.#keep(chunk.subarray(start, end));
      lines.push(Buffer.concat(this.#pending).toString('utf8').trim());
      this.#pending = [];
      this.#pendingBytes = 0;
      start = end + 1;
    }
    this.#keep(chunk.subarray(start));
    return lines.filter((line) => line !== '');
  }

  #keep(piece: Uint8Array): void {
    this.#pendingBytes += piece.length;
    if (this.#pendingBytes > this.#maxLineBytes) {
      throw new QmpError('protocol', `the peer sent a line of more than ${this.#maxLineBytes} bytes`);
    }
    this.#pending.push(piece);
  }
}
