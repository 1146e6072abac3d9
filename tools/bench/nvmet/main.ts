// How long the verbs of driver nvmet take, and what NVMe/TCP costs beside the block device that it exports. For a kernel that
// has an NVMe target, such as the lab's; as root:
//   tools/kernel-lab/run -- node_modules/.bin/node --conditions=@iorcl/source tools/bench/nvmet/main.ts
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dhChapSecret, NvmetDriver, nvmetNames } from '@iorcl/iohyp-driver';
import { loopbackListener } from '@iorcl/iohyp-driver/testing';

const ROUNDS = 5;
const secretHex = 'ab'.repeat(32);
// Not on an overlay, whose files look empty to the kernel's target.
const directory = mkdtempSync('/dev/shm/iorcl-bench-');
const file = join(directory, 'disk');
const run = (program: string, ...args: string[]): string => execFileSync(program, args, { encoding: 'utf8' });
const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

/** Requests per second of writes with 16 in flight, past the page cache. */
function writesPerSecond(device: string, requestBytes: number): number {
  const count = requestBytes > 4096 ? 500 : 4000;
  const bench = ['bench', '-w', '-t', 'none', '-f', 'raw', '-d', '16', '-s', String(requestBytes), '-c', String(count)];
  const seconds = /Run completed in ([\d.]+) seconds/.exec(run('qemu-img', ...bench, device))?.[1];
  return count / Number(seconds);
}

function nvmeDisk(subsystemNqn: string): string {
  const disks = readdirSync('/sys/block').filter((name) => /^nvme\d+n\d+$/.test(name));
  const nqnOf = (disk: string): string => readFileSync(`/sys/block/${disk}/device/subsysnqn`, 'utf8').trim();
  return `/dev/${disks.find((disk) => nqnOf(disk) === subsystemNqn)}`;
}

writeFileSync(file, '');
truncateSync(file, 256 * 1024 * 1024);
const loop = run('losetup', '--find', '--show', file).trim();
const driver = new NvmetDriver({
  runtimeDirectory: join(directory, 'run'),
  backends: { local: { allowedPrefixes: [loop] } },
});
const key = { instanceId: 'vm', attachmentId: 'disk' };
const connectionInfo = { driver_volume_type: 'local', device_path: loop };
const names = nvmetNames();
const [subsystem, client] = [names.volume(key), names.client(key.instanceId, 'client')];
const verbs: Record<string, number[]> = {};
const timed = async (verb: string, action: () => Promise<unknown>): Promise<void> => {
  const began = performance.now();
  await action();
  verbs[verb] = [...(verbs[verb] ?? []), performance.now() - began];
};
const rates: Record<string, number[]> = {};
try {
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const bytes of [4096, 131_072]) {
      rates[`device ${bytes}`] = [...(rates[`device ${bytes}`] ?? []), writesPerSecond(loop, bytes)];
    }
    const listener = { ...(await loopbackListener()), runInside: <T>(action: () => T): T => action() };
    await timed('open', () => driver.open({ key, connectionInfo, readOnly: false, listener }));
    await timed('export', () => driver.export({ key, exportName: 'disk', readOnly: false }));
    await timed('grant', () => driver.grant({ key, identity: 'client', secretHex }));
    const to = [
      'connect',
      '-t',
      'tcp',
      '-a',
      listener.address,
      '-s',
      `${listener.port}`,
      '-n',
      subsystem,
      '-q',
      client,
    ];
    await timed('(nvme connect)', async () => run('nvme', ...to, '--dhchap-secret', dhChapSecret(secretHex)));
    for (const bytes of [4096, 131_072]) {
      const name = `nvmet ${bytes}`;
      rates[name] = [...(rates[name] ?? []), writesPerSecond(nvmeDisk(subsystem), bytes)];
    }
    run('nvme', 'disconnect', '-n', subsystem);
    await timed('revoke', () => driver.revoke(key, 'client'));
    await timed('unexport', () => driver.unexport(key));
    await timed('close', () => driver.close(key));
  }
} finally {
  run('losetup', '--detach', loop);
  rmSync(directory, { recursive: true });
}
const rows = Object.entries(verbs).map(([verb, times]) => `| ${verb} | ${median(times).toFixed(1)} |`);
console.log(`| verb | median ms |\n| --- | --: |\n${rows.join('\n')}\n`);
const of = (name: string): number => median(rates[name] ?? []);
const line = (name: string): string => {
  const ratio = (bytes: number): string => (of(`${name} ${bytes}`) / of(`device ${bytes}`)).toFixed(2);
  const large = ((of(`${name} 131072`) * 131_072) / 1024 / 1024).toFixed(0);
  return `| ${name} | ${of(`${name} 4096`).toFixed(0)} | ${ratio(4096)} | ${large} | ${ratio(131_072)} |`;
};
console.log('| writes, depth 16 | 4k requests/s | of the device | 128k MiB/s | of the device |');
console.log(`| --- | --: | --: | --: | --: |\n${line('device')}\n${line('nvmet')}`);
