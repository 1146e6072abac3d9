// Memory of iorcld with so many attachments in its journal, and how long it takes to be ready, where nothing but the journal
// is there: the cloud does not answer, so nothing is made again and nothing concluded.
// Run: node --conditions=@iorcl/source tools/bench/iorcld-memory/main.ts [ATTACHMENTS]   (after npx nx build @iorcl/iorcld)
import { spawn } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ApiClient } from '@iorcl/api';
import { stepNames } from '../../../apps/iorcld/src/attachment/record.ts';
import { SqliteJournal } from '../../../apps/iorcld/src/journal/sqlite-journal.ts';

const count = Number(process.argv[2] ?? 1_000);
const directory = mkdtempSync(join(tmpdir(), 'iorcl-bench-'));
const socket = join(directory, 'iorcld.sock');
const configuration = `[DEFAULT]
host = io-1
state_directory = ${directory}
[api]
bind_port = 0
unix_socket = ${socket}
[service_user]
auth_url = http://127.0.0.1:9
username = u
password = p
project_name = s
[iohyp]
runtime_directory = ${directory}/qsd
[network]
targets = p:bridge
namespace_directory = ${directory}/netns
state_directory = ${directory}/networks
[reconcile]
interval_seconds = 0
`;

function fill(): void {
  const journal = new SqliteJournal(join(directory, 'journal.sqlite'));
  for (let i = 0; i < count; i++) {
    const [attachmentId, volumeId] = [randomUUID(), randomUUID()];
    const instanceId = `00000000-0000-4000-8000-${String(i >> 2).padStart(12, '0')}`;
    const segmentationId = 100 + ((i >> 2) % 200);
    journal.begin({
      plan: {
        ...{ attachmentId, instanceId, volumeId, carrier: attachmentId, sizeBytes: 2 ** 30, mode: 'host' },
        computeHost: `compute-${i % 40}`,
        network: { networkId: `n-${segmentationId}`, type: 'vlan', physicalNetwork: 'p', segmentationId },
      },
      ...{ ioHost: 'io-1', driver: 'qsd', ports: { first: 10809, last: 11832 } },
      grant: { client: `compute-${i % 40}`, identity: attachmentId, secretHex: randomBytes(32).toString('hex') },
    });
    const cinder = {
      connectionInfo: {
        driver_volume_type: 'rbd',
        name: `volumes/volume-${volumeId}`,
        hosts: ['192.0.2.1'],
        ports: ['6789'],
      },
      attachment: { id: attachmentId, status: 'attached', instance: instanceId, volume_id: volumeId },
      ...{ accessMode: 'rw' as const, qosSpecs: null, cacheable: false },
    };
    for (const step of stepNames) journal.setStep(attachmentId, step, 'done', step === 'connect' ? { cinder } : {});
    journal.setStatus(attachmentId, { intent: 'attach', status: 'attached', fault: null });
  }
  journal.close();
}

fill();
writeFileSync(join(directory, 'iorcl.conf'), configuration);
const log = openSync(join(directory, 'log'), 'a');
const main = join(import.meta.dirname, '../../../apps/iorcld/dist/main.js');
// As the program itself would be started: its first line has flags for Node.
const [, flags = ''] = /^#!.*\bnode (.*)$/m.exec(readFileSync(main, 'utf8')) ?? [];
const began = performance.now();
const child = spawn(process.execPath, [...flags.split(' '), main, '--config-file', join(directory, 'iorcl.conf')], {
  stdio: ['ignore', log, log],
});
closeSync(log);
const mebibytes = (): string =>
  (Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1]) / 1024).toFixed(0);
const row = (name: string, value: string): void => console.log(`| ${name} | ${value} |`);
try {
  console.log(`${count} attachments in the journal, 4 per instance; no cloud\n\n| | |\n|---|--:|`);
  while (!/ ready /.test(readFileSync(join(directory, 'log'), 'utf8'))) {
    if (child.exitCode !== null) throw new Error(readFileSync(join(directory, 'log'), 'utf8').slice(-2_000));
    await delay(20);
  }
  row('start to ready, s', ((performance.now() - began) / 1_000).toFixed(2));
  row('memory, MiB', mebibytes());
  const api = new ApiClient({ endpoint: `unix:${socket}` });
  for (let i = 0; i < 20; i++) await api.listAttachments();
  row('memory after 20 lists of all, MiB', mebibytes());
} finally {
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
  rmSync(directory, { recursive: true });
}
