// What each importer costs beside the export that it imports, read and written by QEMU's own block layer as for a guest. For a
// kernel that has nbd with max_part = 0, such as the lab's; as root:
//   tools/kernel-lab/run -- node_modules/.bin/node --conditions=@iorcl/source tools/bench/importers/main.ts [rounds]
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { ImportedDisk, Importer } from '../../../apps/compute-hook/src/importers/contract.ts';
import { createImporters } from '../../../apps/compute-hook/src/importers/registry.ts';
import { NbdServer } from '../../../apps/compute-hook/test/nbd-server.ts';

const ROUNDS = Number(process.argv[2] ?? 5);
const SIZE = 64 * 1024 * 1024;
const WORKLOADS = [
  { name: 'read 4k, depth 1', depth: 1, bytes: 4096, count: 400, write: false },
  { name: 'read 4k, depth 16', depth: 16, bytes: 4096, count: 1000, write: false },
  { name: 'write 4k, depth 1', depth: 1, bytes: 4096, count: 400, write: true },
  { name: 'write 4k, depth 16', depth: 16, bytes: 4096, count: 1000, write: true },
  { name: 'write 128k, depth 16', depth: 16, bytes: 131_072, count: 80, write: true },
] as const;
type Workload = (typeof WORKLOADS)[number];

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

/** As Nova's libvirt driver has QEMU open it, past the page cache. */
function imageOptions(disk: ImportedDisk): string {
  const direct = 'cache.direct=on,file.cache.direct=on';
  if (disk.kind === 'nbd-socket') {
    return `driver=raw,file.driver=nbd,file.server.type=unix,file.server.path=${disk.path},file.export=${disk.exportName}`;
  }
  return `driver=raw,file.driver=${disk.kind === 'block' ? 'host_device' : 'file'},file.filename=${disk.path},${direct}`;
}

function requestsPerSecond(options: string, { depth, bytes, count, write }: Workload): number {
  const args = ['bench', ...(write ? ['-w'] : []), '-d', `${depth}`, '-s', `${bytes}`, '-c', `${count}`];
  // Only what is asked for: `bench` takes no cache mode beside image options.
  const said = execFileSync('qemu-img', [...args, '--image-opts', options], { encoding: 'utf8' });
  return count / Number(/Run completed in ([\d.]+) seconds/.exec(said)?.[1]);
}

const directory = mkdtempSync('/dev/shm/iorcl-bench-');
mkdirSync(join(directory, 'io-host'));
const server = await NbdServer.start(join(directory, 'io-host'), SIZE);
const importers = createImporters({
  importsDirectory: join(directory, 'imports'),
  runtimeDirectory: join(directory, 'run'),
  reconnectDelaySeconds: 60,
  allowPrivateMount: true,
  qemuUser: 'root',
});
const rates = new Map<string, number[]>();
const note = (importer: string, workload: Workload, rate: number): void => {
  const key = `${importer} ${workload.name}`;
  rates.set(key, [...(rates.get(key) ?? []), rate]);
};

async function measure(importer: Importer): Promise<void> {
  const attachmentId = randomUUID();
  await importer.prepare();
  try {
    const disk = await importer.import({
      attachmentId,
      access: server.access,
      interfaceName: 'lo',
      linkLocal: 'fe80::1',
      runInside: (action) => action(),
    });
    for (const workload of WORKLOADS) {
      note(importer.name, workload, requestsPerSecond(imageOptions(disk), workload));
    }
  } finally {
    await importer.unimport(attachmentId);
  }
}

const names: string[] = [];
try {
  for (const importer of importers) {
    const possibility = await importer.probe();
    if (possibility.possible) names.push(importer.name);
    else console.log(`${importer.name} is not possible here: ${possibility.why}`);
  }
  for (let round = 0; round < ROUNDS; round++) {
    for (const importer of importers) if (names.includes(importer.name)) await measure(importer);
  }
} finally {
  await server.kill();
  rmSync(directory, { recursive: true });
}
const of = (importer: string, workload: Workload): number => median(rates.get(`${importer} ${workload.name}`) ?? []);
console.log(`| requests/s | ${names.join(' | ')} |\n| --- |${' --: |'.repeat(names.length)}`);
for (const workload of WORKLOADS) {
  const cells = names.map((name) => {
    const rate = of(name, workload);
    const [first] = names;
    return `${rate.toFixed(0)} (${(rate / of(first ?? '', workload)).toFixed(2)})`;
  });
  console.log(`| ${workload.name} | ${cells.join(' | ')} |`);
}
