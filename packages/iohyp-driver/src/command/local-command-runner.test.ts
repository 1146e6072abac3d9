import { describe, expect, it } from 'vitest';
import { describeCommand } from './command.ts';
import { LocalCommandRunner } from './local-command-runner.ts';

const runner = new LocalCommandRunner();
const sh = (script: string) => ({ program: 'sh', args: ['-c', script] });

describe('command runner', () => {
  it('gives the program its arguments as they are: no shell reads them', async () => {
    const hostile = ['$(id)', '; rm -rf /', '`id`', "it's", 'a b', '', '*', '\\'];
    const { stdout } = await runner.run({ program: 'printf', args: ['%s\\n', ...hostile] });
    expect(stdout).toBe(`${hostile.join('\n')}\n`);
  });

  it('gives it standard input and tells what it said', async () => {
    const result = await runner.run(sh('cat; echo oops >&2'), { input: 'in' });
    expect(result).toEqual({ exitCode: 0, signal: undefined, stdout: 'in', stderr: 'oops\n' });
  });

  it('gives it only the environment that was named', async () => {
    const { stdout } = await runner.run({ program: '/usr/bin/env', args: [], environment: { ONLY: 'this' } });
    expect(stdout).toBe('ONLY=this\n');
  });

  it('reports failure with command, exit status and the end of standard error', async () => {
    const failure = runner.run(sh('echo no disk >&2; exit 3'));
    await expect(failure).rejects.toMatchObject({ code: 'failed', result: { exitCode: 3, stderr: 'no disk\n' } });
    await expect(failure).rejects.toThrow(/exit status 3: no disk$/);
    expect((await runner.run(sh('exit 3'), { okExitCodes: [0, 3] })).exitCode).toBe(3);
  });

  it('reports death by a signal as such', async () => {
    const death = runner.run(sh('kill -TERM $$'));
    await expect(death).rejects.toMatchObject({ code: 'failed', result: { signal: 'SIGTERM', exitCode: undefined } });
  });

  it('says when a program is not installed', async () => {
    await expect(runner.run({ program: 'no-such-program', args: [] })).rejects.toMatchObject({ code: 'start_failed' });
  });

  it('kills a program that takes too long, says too much, or is no longer wanted', async () => {
    const sleep = { program: 'sleep', args: ['60'] };
    await expect(runner.run(sleep, { timeoutMs: 30 })).rejects.toMatchObject({ code: 'timeout', retryable: true });
    await expect(runner.run(sleep, { signal: AbortSignal.timeout(30) })).rejects.toMatchObject({ code: 'aborted' });
    const endless = { program: 'yes', args: [] };
    const tooMuch = runner.run(endless, { maxOutputBytes: 1000 });
    await expect(tooMuch).rejects.toMatchObject({ code: 'output_limit' });
    await tooMuch.catch(({ result }) => expect(result.stdout.length).toBe(1000));
  });

  it('does not start what is aborted before', async () => {
    const started = runner.run(sh('echo x'), { signal: AbortSignal.abort() });
    await expect(started).rejects.toMatchObject({ code: 'aborted' });
  });

  it('survives a program that does not read its input', async () => {
    expect((await runner.run(sh('exit 0'), { input: 'x'.repeat(1_000_000) })).exitCode).toBe(0);
  });

  it('is described as one would type it', () => {
    expect(describeCommand({ program: 'qemu-img', args: ['info', "it's here"] })).toBe(`qemu-img info 'it'\\''s here'`);
  });
});
