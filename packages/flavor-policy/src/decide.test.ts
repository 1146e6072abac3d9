import { describe, expect, it } from 'vitest';
import { decide } from './decide.ts';

const io = { kind: 'io', policy: { mode: 'host', network: undefined } };
const messages = (specs: Record<string, string>): string[] => {
  const decision = decide(specs);
  return decision.kind === 'refused' ? decision.refusals.map((refusal) => refusal.message) : [];
};

describe('decide', () => {
  it('leaves a flavor without io keys on the stock path', () => {
    expect(decide({})).toEqual({ kind: 'stock' });
    expect(decide({ 'hw:cpu_policy': 'dedicated' })).toEqual({ kind: 'stock' });
  });

  it('B1: io:enabled=1 opts an instance in', () => {
    expect(decide({ 'io:enabled': '1' })).toEqual(io);
  });

  it.each(['1', 't', 'T', 'true', 'TRUE', 'on', 'y', 'yes', ' Yes '])('H1: io:enabled=%s is true', (value) => {
    expect(decide({ 'io:enabled': value })).toEqual(io);
  });

  it.each(['0', 'f', 'false', 'False', 'off', 'n', 'no', ' no '])('H1: io:enabled=%s is false', (value) => {
    expect(decide({ 'io:enabled': value })).toEqual({ kind: 'stock' });
  });

  it.each(['', '2', 'enabled', 'tru', 'none'])(
    'H1: io:enabled=%s is refused with key and value in the message',
    (value) => {
      expect(messages({ 'io:enabled': value })).toEqual([
        expect.stringContaining(`io:enabled=${value} is not a boolean; expected one of true`),
      ]);
    },
  );

  it.each(['io', 'ioenabled', 'io_enabled', 'iops:enabled', 'IO:enabled', 'quota:io:enabled'])(
    'H2: the key %s is not ours',
    (key) => {
      expect(decide({ [key]: '1' })).toEqual({ kind: 'stock' });
    },
  );

  it('refuses an unknown key of the io: namespace, and names the known ones, even when io:enabled is false', () => {
    expect(messages({ 'io:enabled': 'false', 'io:enabeld': '1' })).toEqual([
      'Flavor extra spec io:enabeld=1 is unknown; known keys are io:enabled, io:mode, io:network.',
    ]);
  });

  it('reads io:mode and io:network', () => {
    expect(decide({ 'io:enabled': '1', 'io:mode': 'Guest', 'io:network': 'storage' })).toEqual({
      kind: 'io',
      policy: { mode: 'guest', network: 'storage' },
    });
  });

  it('refuses an unknown mode and an empty network, all mistakes at once', () => {
    expect(messages({ 'io:enabled': 'maybe', 'io:mode': 'both', 'io:network': ' ' })).toEqual([
      expect.stringContaining('io:enabled=maybe'),
      'Flavor extra spec io:mode=both is unknown; expected host or guest.',
      expect.stringContaining('io:network is empty'),
    ]);
  });
});
