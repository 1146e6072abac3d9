import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { decodeAddress } from '../address/address.ts';
import { decodeLink } from '../link/link.ts';
import { decodeChange } from '../monitor/network-change.ts';
import { decodeNeighbour } from '../neighbour/neighbour.ts';
import { decodeRoute } from '../route/route.ts';
import {
  decodeAttributes,
  decodeBridgeVlans,
  decodeDoneMessage,
  decodeErrorMessage,
  decodeGenericMessage,
  decodeMessages,
  type Message,
} from './index.ts';
import { MalformedMessageError } from './malformed-message-error.ts';

const CASES = 1_000_000;

/** Every decoder that bytes of the kernel go through. */
const decoders: readonly ((message: Message) => unknown)[] = [
  ({ payload }) => decodeLink(payload),
  ({ payload }) => decodeRoute(payload),
  ({ payload }) => decodeNeighbour(payload),
  ({ payload }) => decodeAddress(payload),
  ({ payload }) => decodeBridgeVlans(decodeAttributes(payload)),
  ({ payload }) => decodeGenericMessage(payload),
  decodeErrorMessage,
  decodeDoneMessage,
  decodeChange,
];

/** Real datagrams, to start from. */
function seeds(): Uint8Array[] {
  const directory = new URL('../../test/golden/fixtures/', import.meta.url);
  const hex = readdirSync(directory).flatMap((file) =>
    Array.from(readFileSync(new URL(file, directory), 'utf8').matchAll(/"hex": "([0-9a-f]+)"/g), ([, one = '']) => one),
  );
  return [...new Set(hex)].map((one) => new Uint8Array(Buffer.from(one, 'hex'))).filter(({ length }) => length <= 2048);
}

/** Xorshift: the same cases each time. */
function randomNumbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

it('answers or refuses a million malformed messages in its own words, and never hangs, crashes or reads past their end', {
  timeout: 120_000,
}, () => {
  const random = randomNumbers(0x1234_5678);
  const originals = seeds();
  expect(originals.length).toBeGreaterThan(50);
  // Poison around what may be read: a number from there would be in an answer.
  const arena = new Uint8Array(4096).fill(0xee);
  const stackTraceLimit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  let [answered, refused] = [0, 0];
  const attempt = (decode: () => unknown): void => {
    try {
      decode();
      answered += 1;
    } catch (error) {
      if (!(error instanceof MalformedMessageError)) throw error;
      refused += 1;
    }
  };
  try {
    for (let count = 0; count < CASES; count++) {
      const original = originals[random(originals.length)] ?? arena;
      const length = random(4) === 0 ? random(original.length + 1) : Math.min(original.length, 400);
      const bytes = arena.subarray(64, 64 + length);
      bytes.set(original.subarray(0, length));
      for (let changes = random(4); changes > 0 && length > 0; changes--) {
        const interesting = [0, 1, 3, 4, 0x7f, 0x80, 0xff, random(256)];
        bytes[random(length)] = interesting[random(interesting.length)] ?? 0;
      }
      if (count % 8 === 0) attempt(() => decodeMessages(bytes));
      const decoder = decoders[count % decoders.length];
      const message = {
        type: 16 + random(16),
        flags: random(0x400),
        sequence: 1,
        port: 1,
        payload: bytes.subarray(16),
      };
      if (decoder !== undefined) attempt(() => decoder(message));
    }
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
  expect(answered + refused).toBeGreaterThanOrEqual(CASES);
  expect(answered).toBeGreaterThan(CASES / 20);
  expect(refused).toBeGreaterThan(CASES / 20);
  expect(arena.subarray(0, 64).every((byte) => byte === 0xee)).toBe(true);
});
