import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it, vi } from 'vitest';
import { NotifyReceiver, whyNoReceiver } from '../test/notify-receiver.ts';
import { createLogger } from './logger.ts';
import { systemd } from './supervisor.ts';

const index = new URL('./index.ts', import.meta.url).pathname;

async function run(
  start: string,
  onReady: (pid: number) => void,
  environment: Readonly<Record<string, string>> = {},
): Promise<{ code: number | null; output: string }> {
  const script = `import { runService, createLogger, ConfigurationError } from ${JSON.stringify(index)};
    await runService({ logger: createLogger({ name: 't' }), start: async (control) => { ${start} } });`;
  const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', script], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, ...environment },
  });
  let output = '';
  let ready = false;
  child.stderr.on('data', (data: Buffer) => {
    output += data;
    if (!ready && output.includes('ready\n') && child.pid !== undefined) {
      ready = true;
      onReady(child.pid);
    }
  });
  const [code] = await once(child, 'close');
  return { code, output };
}

describe('runService', () => {
  it('finishes what runs on SIGTERM and exits with 0', async () => {
    const start = `setInterval(() => {}, 1000).ref(); console.error('ready');
      return { stop: async () => { console.error('finished'); setTimeout(() => process.exit(), 10); } };`;
    const { code, output } = await run(start, (pid) => process.kill(pid, 'SIGTERM'));
    expect(output).toMatch(/SIGTERM: stopping[\s\S]*finished[\s\S]*stopped/);
    expect(code).toBe(0);
  });

  it('exits with 2 for a bad configuration and with 1 for any other failure, saying why', async () => {
    const bad = await run(`throw new ConfigurationError(['[api] host is required'])`, () => {});
    expect(bad).toMatchObject({ code: 2, output: expect.stringContaining('[api] host is required') });
    const broken = await run(`throw new Error('no disk')`, () => {});
    expect(broken).toMatchObject({ code: 1, output: expect.stringContaining("can't start: no disk") });
  });

  it('reloads on SIGHUP, and goes on with what it had when that fails', async () => {
    const start = `setInterval(() => {}, 1000).ref(); console.error('ready'); let times = 0;
      const again = (signal) => setImmediate(() => process.kill(process.pid, signal));
      return {
        reload: async () => { times += 1; again(times === 1 ? 'SIGHUP' : 'SIGTERM'); if (times === 2) throw new Error('no such file'); },
        stop: async () => { console.error('times ' + times); setTimeout(() => process.exit(), 10); } };`;
    const { code, output } = await run(start, (pid) => process.kill(pid, 'SIGHUP'));
    expect(output).toMatch(/reloading[\s\S]*reloaded[\s\S]*not reloaded, all stays as it was: no such file/);
    expect(output).toContain('times 2');
    expect(code).toBe(0);
  });
});

const impossible = whyNoReceiver();

describe.skipIf(impossible !== undefined)(
  `B11: under systemd${impossible === undefined ? '' : ` (${impossible})`}`,
  () => {
    const alive = (check: string): string => `const running = setInterval(() => {}, 1000);
      control.status('verifying 3 attachments');
      console.error('NOTIFY_SOCKET is ' + process.env.NOTIFY_SOCKET + '\\nready');
      return { reload: async () => {}, checkAlive: async () => { ${check} }, stop: async () => clearInterval(running) };`;

    it('it is told of status, readiness, life, reload and stop, in this order; its variables go no further', async () => {
      await using receiver = await NotifyReceiver.start();
      const has = (word: string): Promise<void> =>
        vi.waitFor(() => expect(receiver.messages.flat()).toContainEqual(expect.stringMatching(`^${word}`)), 20_000);
      let pid = 0;
      const { output, code } = await run(
        alive(''),
        (ready) => {
          pid = ready;
          void (async () => {
            await has('WATCHDOG=1');
            process.kill(pid, 'SIGHUP');
            await has('RELOADING=1');
            await vi.waitFor(
              () => expect(receiver.messages.flat().filter((word) => word === 'READY=1')).toHaveLength(2),
              20_000,
            );
            process.kill(pid, 'SIGTERM');
          })();
        },
        { NOTIFY_SOCKET: receiver.socket, WATCHDOG_USEC: '200000' },
      );
      expect(code).toBe(0);
      await has('STOPPING=1');
      const told = receiver.messages.filter(([word]) => word !== 'WATCHDOG=1');
      expect(told).toEqual([
        ['STATUS=verifying 3 attachments'],
        ['READY=1', `MAINPID=${pid}`],
        ['RELOADING=1', expect.stringMatching(/^MONOTONIC_USEC=\d+$/)],
        ['READY=1', `MAINPID=${pid}`],
        ['STOPPING=1'],
      ]);
      expect(output).toContain('NOTIFY_SOCKET is undefined');
    }, 60_000);

    it('a service that lives no more does not feed the watchdog', async () => {
      await using receiver = await NotifyReceiver.start();
      const { output } = await run(
        `let times = 0; ${alive(`times += 1; if (times === 3) process.kill(process.pid, 'SIGTERM'); throw new Error('the journal is gone')`)}`,
        () => {},
        { NOTIFY_SOCKET: receiver.socket, WATCHDOG_USEC: '100000' },
      );
      expect(output).toContain('the watchdog is not fed: the journal is gone');
      await vi.waitFor(() => expect(receiver.messages.flat()).toContain('STOPPING=1'), 20_000);
      expect(receiver.messages.flat()).not.toContain('WATCHDOG=1');
    }, 60_000);
  },
);

describe('the watchdog', () => {
  const logger = createLogger({ name: 't', write: () => {} });
  it.each([
    ['of this process', { WATCHDOG_PID: String(process.pid) }, 2_000],
    ['of whichever process', {}, 2_000],
    ['of another process', { WATCHDOG_PID: '1' }, undefined],
  ])('%s', (_, environment, expected) => {
    const { watchdogMs } = systemd(logger, { NOTIFY_SOCKET: '/nowhere', WATCHDOG_USEC: '2000000', ...environment });
    expect(watchdogMs).toBe(expected);
  });
  it('without systemd there is none, and nothing is told', async () => {
    const nobody = systemd(logger, {});
    expect(nobody.watchdogMs).toBeUndefined();
    await nobody.ready();
  });
});
