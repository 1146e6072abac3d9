import { PassThrough } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { createNarrator } from './narrator.ts';

/** A narrator, and all that it has printed so far. */
function narrating(options: { isTTY: boolean; environment?: Record<string, string> }) {
  const stream = Object.assign(new PassThrough({ encoding: 'utf8' }), { isTTY: options.isTTY });
  let printed = '';
  stream.on('data', (text: string) => {
    printed += text;
  });
  return { narrator: createNarrator(stream, options.environment ?? {}), printed: () => printed };
}

describe('the narrator', () => {
  it('prints a claim that holds, and counts it', () => {
    const { narrator, printed } = narrating({ isTTY: false });
    narrator.claim('Cinder says in-use', 'in-use', 'in-use');
    narrator.claim('it works', true);
    narrator.claim('nothing is left', [], []);
    expect(printed()).toBe('   ✓ Cinder says in-use\n   ✓ it works\n   ✓ nothing is left\n');
    expect(narrator.claims).toBe(3);
  });

  it.each([
    ['another value', 'available', 'in-use'],
    ['something left', ['qemu-storage-daemon'], []],
    ['merely truthy', 1, true],
    ['nothing found at all', undefined, 'in-use'],
  ])(
    'a false claim ends the story with what was found, and is neither printed nor counted: %s',
    (_, actual, expected) => {
      const { narrator, printed } = narrating({ isTTY: false });
      const found = new RegExp(`the claim: expected .*, found ${JSON.stringify(actual)?.replace(/[[\]]/g, '\\$&')}`);
      expect(() => narrator.claim('the claim', actual, expected)).toThrow(found);
      expect(printed()).toBe('');
      expect(narrator.claims).toBe(0);
    },
  );

  it.each([
    ['on a terminal', true, {}, true],
    ['elsewhere', false, {}, false],
    ['on a terminal with NO_COLOR', true, { NO_COLOR: '1' }, false],
  ])('is colourful %s: %#', (_, isTTY, environment, colour) => {
    const { narrator, printed } = narrating({ isTTY, environment });
    narrator.chapter('Bytes');
    narrator.quote('+---+\n| x |\n');
    narrator.claim('it works', true);
    expect(printed().includes('\x1b[')).toBe(colour);
    expect(stripVTControlCharacters(printed())).toBe('\n1. Bytes\n     +---+\n     | x |\n   ✓ it works\n');
  });
});
