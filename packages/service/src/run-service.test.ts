import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';

const index = new URL('./index.ts', import.meta.url).pathname;

async function run(start: string, onReady: (pid: number) => void): Promise<{ code: number | null; output: string }> {
  const script = `import { runService, createLogger, ConfigurationError } from ${JSON.stringify(index)};
    await runService({ logger: createLogger({ name: 't' }), start: async () => { ${start} } });`;
  const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', script], {
    stdio: ['ignore', 'ignore', 'pipe'],
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
});
