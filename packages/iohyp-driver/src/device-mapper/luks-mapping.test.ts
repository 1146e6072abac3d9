import { describe, expect, it } from 'vitest';
import type { Command, CommandRunner, RunOptions } from '../command/command.ts';
import { CommandError } from '../command/command-error.ts';
import { closeMapping, mappingName, openMapping } from './luks-mapping.ts';

const signal = new AbortController().signal;
const passphrase = Buffer.from('top secret');

function recorder(end: () => void): CommandRunner & { readonly ran: { command: Command; options: RunOptions }[] } {
  const ran: { command: Command; options: RunOptions }[] = [];
  return {
    ran,
    run: async (command, options = {}) => {
      ran.push({ command, options });
      end();
      return { exitCode: 0, signal: undefined, stdout: '', stderr: '' };
    },
  };
}

describe('LUKS mapping', () => {
  it('the passphrase is standard input, never an argument; device and name can not be taken for options', async () => {
    const commands = recorder(() => {});
    const mapping = { name: mappingName('never'), source: '--help' };
    await expect(openMapping(commands, mapping, { passphrase, readOnly: true, signal })).rejects.toThrow('not there');
    const [{ command, options } = { command: undefined, options: undefined }] = commands.ran;
    expect(command?.args.join(' ')).not.toContain('secret');
    expect(options?.input).toBe(passphrase);
    expect(command?.args.slice(-3)).toEqual(['--', '--help', 'iorcl-never']);
    expect(command?.args).toContain('--readonly');
  });

  it('a key that opens nothing is told as that, and no message holds it', async () => {
    const result = { exitCode: 2, signal: undefined, stdout: '', stderr: 'No key available with this passphrase.\n' };
    const commands = recorder(() => {
      throw new CommandError('failed', 'cryptsetup … ended with exit status 2', { result });
    });
    const opening = openMapping(
      commands,
      { name: mappingName('never'), source: '/dev/x' },
      { passphrase, readOnly: false, signal },
    );
    await expect(opening).rejects.toMatchObject({
      code: 'backend_failed',
      message: 'interposer "luks": can\'t open /dev/x: No key available with this passphrase.; is it the right key?',
    });
  });

  it('only what carries our mark is closed, and nothing is run for what is not there', async () => {
    const commands = recorder(() => {});
    await closeMapping(commands, 'home', signal);
    await closeMapping(commands, mappingName('never'), signal);
    expect(commands.ran).toEqual([]);
  });
});
