import { LocalCommandRunner } from '../../src/index.ts';
import { missing } from '../qsd/installed.ts';

const runner = new LocalCommandRunner();

/** A loop device over a file, for one test. */
export async function attachLoop(path: string): Promise<{ readonly device: string } & AsyncDisposable> {
  const { stdout } = await runner.run({ program: 'losetup', args: ['--find', '--show', path] });
  const device = stdout.trim();
  return {
    device,
    [Symbol.asyncDispose]: async () => {
      await runner.run({ program: 'losetup', args: ['--detach', device] });
    },
  };
}

/** Why there are none here; undefined when there are. */
export async function noLoopDevice(): Promise<string | undefined> {
  const absent = missing('losetup');
  if (absent !== undefined) {
    return absent;
  }
  const free = await runner.run({ program: 'losetup', args: ['--find'] }).catch((error: unknown) => error);
  return free instanceof Error ? `no loop devices here: ${free.message}` : undefined;
}
