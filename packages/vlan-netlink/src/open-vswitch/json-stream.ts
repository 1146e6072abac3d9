import { OvsdbError } from './ovsdb-error.ts';

/** An answer about thousands of ports has some megabytes; more is a mistake or an attack. */
const MAX_LENGTH = 64 * 1024 * 1024;

/** Cuts a stream of JSON objects that follow each other without a separator (RFC 7047, 4.1). */
export class JsonStream {
  #pending = '';
  #scanned = 0;
  #depth = 0;
  #inString = false;
  #escaped = false;

  /** @returns the objects that the chunk completes. @throws OvsdbError `ovsdb_malformed` */
  push(chunk: string): unknown[] {
    this.#pending += chunk;
    const values: unknown[] = [];
    for (; this.#scanned < this.#pending.length; this.#scanned++) {
      if (!this.#isEnd(this.#pending.charCodeAt(this.#scanned))) continue;
      values.push(parse(this.#pending.slice(0, this.#scanned + 1)));
      this.#pending = this.#pending.slice(this.#scanned + 1);
      this.#scanned = -1;
    }
    if (this.#pending.length > MAX_LENGTH) throw new OvsdbError('ovsdb_malformed', 'an OVSDB message has no end');
    return values;
  }

  /** Whether this character closes the outermost object. */
  #isEnd(character: number): boolean {
    if (this.#inString) {
      if (this.#escaped) this.#escaped = false;
      else if (character === 0x5c) this.#escaped = true;
      else if (character === 0x22) this.#inString = false;
      return false;
    }
    if (character === 0x22) this.#inString = true;
    else if (character === 0x7b || character === 0x5b) this.#depth += 1;
    else if (character === 0x7d || character === 0x5d) {
      this.#depth -= 1;
      if (this.#depth < 0) throw new OvsdbError('ovsdb_malformed', 'an OVSDB message closes what it did not open');
      return this.#depth === 0;
    } else if (this.#depth === 0 && !isSpace(character)) {
      throw new OvsdbError('ovsdb_malformed', 'an OVSDB message is no JSON object');
    }
    return false;
  }
}

function isSpace(character: number): boolean {
  return character === 0x20 || (character >= 0x09 && character <= 0x0d);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new OvsdbError('ovsdb_malformed', 'an OVSDB message is no JSON', { cause });
  }
}
