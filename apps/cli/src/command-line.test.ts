import { describe, expect, it } from 'vitest';
import { parseCommandLine } from './command-line.ts';
import { commands } from './commands/index.ts';

const parse = (...argv: string[]) => parseCommandLine(argv, commands);

describe('command line', () => {
  it('reads noun, verb, operands and format', () => {
    expect(parse('attachment', 'show', 'a1', '-f', 'json', '--endpoint', 'http://io-1:8790')).toMatchObject({
      kind: 'run',
      command: { words: ['attachment', 'show'] },
      operands: ['a1'],
      format: 'json',
      endpoint: 'http://io-1:8790',
    });
    expect(parse('host', 'list')).toMatchObject({ kind: 'run', format: 'table', endpoint: undefined });
  });

  it.each([
    [['attachment', 'lst'], 'unknown command: attachment lst; known: attachment list, attachment show, host list'],
    [['attachment', 'show'], 'usage: iorcl attachment show ATTACHMENT'],
    [['attachment', 'list', 'x'], 'usage: iorcl attachment list'],
    [['attachment', 'list', '-f', 'xml'], 'unknown format: xml; expected one of table, json'],
    [['attachment', 'list', '--frmat', 'json'], expect.stringContaining('--frmat')],
  ])('explains wrong usage: %j', (argv, message) => {
    expect(parse(...argv)).toEqual({ kind: 'wrong', message });
  });

  it('lists every command in its help', () => {
    const line = parse('--help');
    expect(line.kind).toBe('help');
    for (const { words } of commands) expect(JSON.stringify(line)).toContain(words.join(' '));
  });
});
