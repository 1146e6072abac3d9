// How long the verbs take, and what the data plane costs beside a plain qemu-nbd and the bare file, measured in turns.
// Run: node --conditions=@iorcl/source tools/bench/iohyp-driver/main.ts
import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { QsdDriver } from '@iorcl/iohyp-driver';
import { loopbackListener } from '@iorcl/iohyp-driver/testing';

const ROUNDS = 5;
const directory = mkdtempSync(join(tmpdir(), 'iorcl-bench-'));
const file = join(directory, 'disk');
const secretHex = 'ab'.repeat(32);
const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
const timed = async (action: () => Promise<unknown>): Promise<number> => {
  const began = performance.now();
  await action();
  return performance.now() - began;
};

/** Requests per second that nbdcopy gets when it writes a file of random bytes, 16 requests in flight on one connection. */
function bench(requestBytes: number, source: string, destination: string): number {
  const began = performance.now();
  const request = ['--connections=1', '--requests=16', `--request-size=${requestBytes}`];
  execFileSync('nbdcopy', [...request, source, destination], { stdio: ['ignore', 'ignore', 'inherit'] });
  return statSync(source).size / requestBytes / ((performance.now() - began) / 1000);
}

async function untilListening(port: number): Promise<void> {
  for (let open = false; !open; ) {
    open = await new Promise<boolean>((resolve) => {
      const socket = connect({ host: '127.0.0.1', port }, () => resolve(true));
      socket.once('error', () => resolve(false)).once('connect', () => socket.destroy());
    });
    await delay(open ? 0 : 20);
  }
}

writeFileSync(file, '');
truncateSync(file, 256 * 1024 * 1024);
const driver = new QsdDriver({
  runtimeDirectory: join(directory, 'run'),
  backends: { file: { allowedDirectories: [directory], cache: 'buffered' } },
});
const listener = await loopbackListener();
const key = { instanceId: 'vm', attachmentId: 'disk' };
const connectionInfo = { driver_volume_type: 'gpfs', device_path: file };
const open = () => driver.open({ key, connectionInfo, readOnly: false, listener });
const exported = () => driver.export({ key, exportName: 'disk', readOnly: false });
const granted = () => driver.grant({ key, identity: 'client', secretHex });

const verbs: Record<string, number[]> = {};
const record = async (verb: string, action: () => Promise<unknown>): Promise<void> => {
  verbs[verb] = [...(verbs[verb] ?? []), await timed(action)];
};
try {
  for (let round = 0; round < 2 * ROUNDS; round += 1) {
    await record('open (with its daemon)', open);
    await record('interpose', () => driver.interpose({ key, interposers: [{ kind: 'throttle', iopsTotal: 1e6 }] }));
    await record('export', exported);
    await record('grant', granted);
    await record('revoke', () => driver.revoke(key, 'client'));
    await record('unexport', () => driver.unexport(key));
    await record('close (with its daemon)', () => driver.close(key));
  }
  console.log('| verb | median ms |\n| --- | --: |');
  for (const [verb, values] of Object.entries(verbs)) console.log(`| ${verb} | ${median(values).toFixed(1)} |`);

  await open();
  await exported();
  await granted();
  const keys = join(directory, 'keys');
  mkdirSync(keys);
  writeFileSync(join(keys, 'keys.psk'), `client:${secretHex}\n`);
  const [few, many] = [join(directory, 'few'), join(directory, 'many')];
  writeFileSync(few, randomBytes(16 * 2 ** 20));
  writeFileSync(many, randomBytes(128 * 2 ** 20));
  const uri = `nbds://client@127.0.0.1:${listener.port}/disk?tls-psk-file=${join(keys, 'keys.psk')}`;
  const { port: plainPort } = await loopbackListener();
  const plain = spawn('qemu-nbd', [
    '-t',
    '-f',
    'raw',
    '--cache=writeback',
    '-b',
    '127.0.0.1',
    '-p',
    `${plainPort}`,
    file,
  ]);
  try {
    await untilListening(plainPort);
    const ways = {
      'bare file': join(directory, 'bare'),
      'qemu-nbd, no TLS': `nbd://127.0.0.1:${plainPort}/`,
      'qsd, TLS': uri,
    };
    writeFileSync(ways['bare file'], '');
    truncateSync(ways['bare file'], 256 * 1024 * 1024);
    console.log(
      '\n| writes, depth 16 | 4k requests/s | of the file | 128k MiB/s | of the file |\n| --- | --: | --: | --: | --: |',
    );
    const seen = Object.fromEntries(
      Object.keys(ways).map((way) => [way, { small: [] as number[], large: [] as number[] }]),
    );
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const [way, destination] of Object.entries(ways)) {
        seen[way]?.small.push(bench(4096, few, destination));
        seen[way]?.large.push(bench(131_072, many, destination) / 8);
      }
    }
    const base = seen['bare file'];
    for (const [way, { small, large }] of Object.entries(seen)) {
      const part = (values: number[], all: number[] = []): string => (median(values) / median(all)).toFixed(2);
      const cells = [
        median(small).toFixed(0),
        part(small, base?.small),
        median(large).toFixed(0),
        part(large, base?.large),
      ];
      console.log(`| ${way} | ${cells.join(' | ')} |`);
    }
  } finally {
    plain.kill('SIGKILL');
  }
  const stats = await driver.stats('vm');
  console.log(
    `\nMemory of the instance's daemon afterwards: ${((stats?.residentBytes ?? 0) / 2 ** 20).toFixed(0)} MiB.`,
  );
} finally {
  await driver.unexport(key);
  await driver.close(key);
  rmSync(directory, { recursive: true });
}
