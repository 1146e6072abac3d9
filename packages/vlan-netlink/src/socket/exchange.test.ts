import { describe, expect, it } from 'vitest';
import { ControlType, encodeMessage, MessageFlag } from '../codec/message.ts';
import { Exchange } from './exchange.ts';
import { KernelError } from './kernel-error.ts';

const PORT = 77;
const dump = { type: 18, flags: MessageFlag.dump, payload: new Uint8Array(16), description: 'list the links' };

function answer(type: number, options: { sequence?: number; port?: number; flags?: number; errno?: number } = {}) {
  const { sequence = 1, port = PORT, flags = 0, errno = 0 } = options;
  const payload = new Uint8Array(20);
  new DataView(payload.buffer).setInt32(0, -errno, true);
  return encodeMessage({ type, flags, sequence, port, payload });
}

describe('an exchange with the kernel', () => {
  it('collects the parts of a dump until its end', () => {
    const exchange = new Exchange(dump, 1, PORT);
    expect(exchange.feed(answer(16))).toBe(false);
    expect(exchange.feed(answer(16))).toBe(false);
    expect(exchange.feed(answer(ControlType.done))).toBe(true);
    expect(exchange.answers).toHaveLength(2);
    expect(exchange.interrupted).toBe(false);
  });

  it('passes over messages of another exchange or for another socket', () => {
    const exchange = new Exchange(dump, 2, PORT);
    expect(exchange.feed(answer(16, { sequence: 1 }))).toBe(false);
    expect(exchange.feed(answer(ControlType.done, { sequence: 1 }))).toBe(false);
    expect(exchange.feed(answer(ControlType.error, { sequence: 2, port: 1, errno: 1 }))).toBe(false);
    expect(exchange.answers).toEqual([]);
  });

  it('is over with its only answer, when it has one, and asks for no acknowledgement', () => {
    const one = { type: 18, payload: new Uint8Array(16), description: 'read a link' };
    const [plain, single] = [new Exchange(one, 1, PORT), new Exchange({ ...one, hasOneAnswer: true }, 2, PORT)];
    const flagsOf = ({ datagram }: Exchange): number => new DataView(datagram.buffer).getUint16(6, true);
    expect([flagsOf(plain), flagsOf(single)]).toEqual([5, 1]);
    expect(plain.feed(answer(16))).toBe(false);
    expect(single.feed(answer(16, { sequence: 2 }))).toBe(true);
    const refused = new Exchange({ ...one, hasOneAnswer: true }, 1, PORT);
    expect(() => refused.feed(answer(ControlType.error, { errno: 19 }))).toThrow('ENODEV');
  });

  it('hands its answers on as they come, without a copy, to whoever wants that', () => {
    const heard: number[] = [];
    const exchange = new Exchange(dump, 1, PORT, ({ type }) => void heard.push(type));
    expect(exchange.feed(answer(16))).toBe(false);
    expect(exchange.feed(answer(ControlType.done))).toBe(true);
    expect(heard).toEqual([16]);
    expect(exchange.answers).toEqual([]);
  });

  it('notices a dump that a change interrupted', () => {
    const exchange = new Exchange(dump, 1, PORT);
    exchange.feed(answer(16, { flags: MessageFlag.dumpInterrupted }));
    expect(exchange.feed(answer(ControlType.done))).toBe(true);
    expect(exchange.interrupted).toBe(true);
  });

  it.each([ControlType.error, ControlType.done])('turns an errno (message type %d) into a typed error', (type) => {
    const exchange = new Exchange(dump, 1, PORT);
    const feed = (): unknown => exchange.feed(answer(type, { errno: 16 }));
    expect(feed).toThrow(KernelError);
    expect(feed).toThrow('cannot list the links: EBUSY (resource busy or locked)');
  });
});
