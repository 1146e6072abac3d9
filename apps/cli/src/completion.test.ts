import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { commands } from './commands/index.ts';
import { bashCompletion } from './completion.ts';

const noBash = spawnSync('bash', ['--version']).status !== 0;

/** What bash offers after these words. */
function offers(...typed: string[]): string[] {
  const script = `${bashCompletion(commands)}
COMP_WORDS=(${typed.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${typed.length - 1}; _iorcl; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr } = spawnSync('bash', ['-c', script], { encoding: 'utf8' });
  expect(stderr).toBe('');
  return stdout.split('\n').filter((word) => word !== '');
}

describe.skipIf(noBash)(`completion${noBash ? ' (skipped: no bash)' : ''}`, () => {
  it('offers nouns, then verbs', () => {
    expect(offers('iorcl', '')).toEqual(
      expect.arrayContaining(['attachment', 'host', 'network', 'driver', 'event', 'doctor', 'reconcile', 'complete']),
    );
    expect(offers('iorcl', 'att')).toEqual(['attachment']);
    expect(offers('iorcl', 'host', '')).toEqual(['list', 'disable', 'enable', 'drain']);
  });
  it('offers the options of the command, and those of all', () => {
    expect(offers('iorcl', 'host', 'drain', 'io-1', '--')).toEqual(expect.arrayContaining(['--wait', '--format']));
    expect(offers('iorcl', 'doctor', '--f')).toEqual(['--fix', '--force', '--format']);
  });
  it('offers formats after -f', () => {
    expect(offers('iorcl', 'host', 'list', '-f', '')).toEqual(['table', 'json', 'yaml', 'value', 'csv']);
  });
  it('knows every command', () => {
    for (const { words } of commands) expect(offers('iorcl', ...words.slice(0, -1), '')).toContain(words.at(-1));
  });
});
