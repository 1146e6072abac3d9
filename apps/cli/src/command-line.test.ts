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

  it('reads columns, order, cloud and the options of the command, wherever they stand', () => {
    const line = parse(
      '--os-cloud',
      'lab',
      'attachment',
      '-c',
      'ID',
      'list',
      '--status',
      'error',
      '--column',
      'Status',
      '--sort-column',
      'Volume',
      '--sort-descending',
    );
    expect(line).toMatchObject({
      ...{ kind: 'run', cloud: 'lab' },
      selection: { columns: ['ID', 'Status'], sortColumns: ['Volume'], descending: true },
    });
    expect(line.kind === 'run' && line.options.text('status')).toBe('error');
    const disabled = parse('host', 'disable', 'io-1', '--reason', 'new disks');
    expect(disabled.kind === 'run' && disabled.options.text('reason')).toBe('new disks');
    expect(parse('doctor', '--fix')).toMatchObject({ kind: 'run', command: { words: ['doctor'] }, operands: [] });
  });

  it.each([
    [['host', 'lst'], 'unknown command: host lst; known: host list, host disable, host enable, host drain'],
    [['volume', 'list'], expect.stringMatching(/^unknown command: volume list; known: attachment list, .*, doctor/)],
    [['attachment', 'show'], 'usage: iorcl attachment show ATTACHMENT'],
    [['host', 'drain'], 'usage: iorcl host drain HOST [--reason TEXT] [--wait]'],
    [['network', 'list', 'x'], 'usage: iorcl network list'],
    [['attachment', 'list', '-f', 'xml'], 'unknown format: xml; expected one of table, json, yaml, value, csv'],
    [['attachment', 'list', '--frmat', 'json'], expect.stringContaining('--frmat')],
    [['host', 'list', '--status', 'up'], expect.stringContaining('--status')],
    [['attachment', 'list', '--status'], expect.stringContaining('--status')],
  ])('explains wrong usage: %j', (argv, message) => {
    expect(parse(...argv)).toEqual({ kind: 'wrong', message });
  });

  it('lists every command in its help, and every option of a command in that one’s', () => {
    const line = parse('--help');
    expect(line.kind).toBe('help');
    for (const { words } of commands) expect(JSON.stringify(line)).toContain(words.join(' '));
    for (const { words, options = {} } of commands) {
      const help = parse(...words, '-h');
      for (const name of Object.keys(options))
        expect(help).toMatchObject({ text: expect.stringContaining(`--${name}`) });
    }
  });
});
