// What iorcld costs, and how long it is away when it restarts, with so many attachments on so many instances, while fio(1)
// writes to so many of their disks and verifies what it wrote. The disks are imported as on a compute host. Run as root, with
// Debian's packages fio and qemu-system-common: node --conditions=@iorcl/source tools/bench/iorcld/main.ts [ATTACHMENTS
// [INSTANCES [DISKS]]]
// With --dist the built program is measured (npx nx build @iorcl/iorcld), as it would be installed.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { OpenStackClient, passwordAuth } from '@iorcl/openstack-client';
import { FakeCloud } from '@iorcl/openstack-client/testing';
import { FuseImporter } from '../../../apps/compute-hook/src/importers/fuse/fuse-importer.ts';
import { DaemonProcess } from '../../../apps/iorcld/test/integration/daemon-process.ts';
import { Lab } from '../../../apps/iorcld/test/integration/lab.ts';
import { Fio, whyNoFio } from './fio.ts';

const whyNot = whyNoFio();
if (whyNot !== undefined) throw new Error(whyNot);
/** Writes per second on each disk: it is not fio that this measures. */
const RATE = 50;
const app = join(import.meta.dirname, '../../../apps/iorcld');
const isBuilt = process.argv.includes('--dist');
const main = join(app, isBuilt ? 'dist/main.js' : 'src/main.ts');
// As the program itself would be started: its first line has flags for Node.
const [, flags = ''] = /^#!.*\bnode (.*)$/m.exec(readFileSync(main, 'utf8')) ?? [];
const program = [...flags.split(' '), ...(isBuilt ? [] : ['--conditions=@iorcl/source']), main];
const [attachments = 200, instances = 10, wantedDisks = instances] = process.argv
  .slice(2)
  .flatMap((word) => (/^\d+$/.test(word) ? [Number(word)] : []));

await using cleanup = new AsyncDisposableStack();
const lab = await Lab.open();
cleanup.defer(() => lab.close());
const cloud = await FakeCloud.start({ volumesDirectory: lab.volumesDirectory });
cleanup.defer(() => cloud.stop());
const setup = await DaemonProcess.configure(lab, cloud);
const nova = new OpenStackClient({ auth: passwordAuth(cloud.credentials.nova) });
cleanup.defer(() => nova.close());
const importer = new FuseImporter({
  importsDirectory: join(lab.directory, 'imports'),
  runtimeDirectory: join(lab.directory, 'imports-run'),
  // No guest opens these disks in a mount namespace of its own.
  allowPrivateMount: true,
});
await importer.prepare();
let child: ChildProcess;
cleanup.defer(() => end('SIGKILL'));

interface Start {
  /** Until `/healthcheck` says OK. */
  readonly readySeconds: number;
  /** Until every attachment has been verified. */
  readonly verifiedSeconds: number;
}

async function start(): Promise<Start> {
  const verified = (): number => setup.log.split(' verified ').length;
  const before = verified();
  const began = performance.now();
  const seconds = (): number => (performance.now() - began) / 1_000;
  const log = openSync(setup.logFile, 'a');
  child = spawn(process.execPath, [...program, '--config-file', setup.configurationFile], {
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  let readySeconds: number | undefined;
  for (;;) {
    const answer = await fetch(`${setup.url}/healthcheck`).catch(() => undefined);
    if (answer?.status === 200) readySeconds ??= seconds();
    if (readySeconds !== undefined && verified() > before) return { readySeconds, verifiedSeconds: seconds() };
    if (child.exitCode !== null) throw new Error(`iorcld ended with ${child.exitCode}: ${setup.log.slice(-2_000)}`);
    await delay(10);
  }
}

async function end(signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill(signal);
  await ended;
}

function residentMiB(): number {
  const kiB = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1];
  return Number(kiB) / 1024;
}

/** Seconds of processor time so far, which other programs on the machine don't lengthen. */
function processorSeconds(): number {
  const [user = 0, system = 0] =
    readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1]?.split(' ').slice(11, 13).map(Number) ?? [];
  return (user + system) / 100;
}

const row = (name: string, value: string): void => console.log(`| ${name} | ${value} |`);

console.log(`${attachments} attachments on ${instances} instances, ${isBuilt ? 'built' : 'from the sources'}\n`);
console.log('| | |\n|---|--:|');
cloud.addFlavor({ name: 'io.small', extraSpecs: { 'io:enabled': '1' } });
const servers: { readonly id: string; readonly network: ReturnType<FakeCloud['addNetwork']> }[] = [];
for (let i = 0; i < instances; i++) {
  const network = cloud.addNetwork({ name: `n${i}`, physicalNetwork: 'physnet1', segmentationId: 100 + i });
  await lab.addBridge(network.id);
  const { id } = cloud.addServer({ name: `vm${i}`, flavor: 'io.small', networks: [network.id], host: 'compute-1' });
  servers.push({ id, network });
}
const alone = await start();
row(
  'empty: start to ready, s (of which processor)',
  `${alone.readySeconds.toFixed(2)} (${processorSeconds().toFixed(2)})`,
);
row('empty: memory, MiB', residentMiB().toFixed(0));

const disks: string[] = [];
const began = performance.now();
const waiting = Array.from({ length: attachments }, (_, index) => index);
const attach = async (): Promise<void> => {
  for (let index = waiting.pop(); index !== undefined; index = waiting.pop()) {
    const server = servers[index % instances];
    if (server === undefined) return;
    const { id: volumeId } = cloud.addVolume({ sizeGiB: 1 });
    const { id } = await nova.blockStorage.attachments.create({ volumeId, instanceId: server.id, connector: null });
    const signal = AbortSignal.timeout(600_000);
    const { access } = await setup.client.createAttachment({ attachmentId: id, computeHost: 'compute-1' }, { signal });
    // Nova completes what has been attached.
    await nova.blockStorage.attachments.complete(id);
    if (index >= wantedDisks) continue;
    const { id: networkId, physicalNetwork, segmentationId } = server.network;
    const network = { networkId, type: 'vlan' as const, physicalNetwork, segmentationId };
    const { interfaceName, linkLocal } = await lab.computePlugs.plug({ network, owner: id });
    cleanup.defer(() => lab.computePlugs.unplug({ network, owner: id }).then(() => undefined));
    cleanup.defer(() => importer.unimport(id));
    const runInside = <T>(action: () => T): T => lab.computePlugs.runInside(network, action);
    disks.push((await importer.import({ attachmentId: id, access, interfaceName, linkLocal, runInside })).path);
  }
};
// The first of each instance starts its data plane; several at once as an evacuation would.
await Promise.all(Array.from({ length: 8 }, attach));
row('attach all, 8 at once, s', ((performance.now() - began) / 1_000).toFixed(1));
row('memory, MiB', residentMiB().toFixed(0));

const fio = new Fio(disks, RATE);
cleanup.defer(() => fio.kill());

for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
  await end(signal);
  const { readySeconds, verifiedSeconds } = await start();
  row(`${signal}, then start to ready, s`, readySeconds.toFixed(2));
  row(
    `${signal}, then start to all verified, s (of which processor)`,
    `${verifiedSeconds.toFixed(2)} (${processorSeconds().toFixed(2)})`,
  );
}
row('memory after a start, MiB', residentMiB().toFixed(0));
const listing = performance.now();
const listed = await setup.client.listAttachments();
row('list all, ms', (performance.now() - listing).toFixed(0));
const attached = listed.filter(({ status }) => status === 'attached').length;
const faults = listed.flatMap(({ fault }) => (fault === null ? [] : [fault.message]));
const passing = performance.now();
const token = await new OpenStackClient({ auth: passwordAuth(cloud.credentials.service) }).token();
const headers = { 'x-auth-token': token, 'content-type': 'application/json' };
await fetch(`${setup.url}/v1/reconcile`, { method: 'POST', headers, body: '{"dryRun":true}' });
row('a pass of the reconciler, s', ((performance.now() - passing) / 1_000).toFixed(1));
row('memory after that, MiB', residentMiB().toFixed(0));
const { writes, verified, errors, longestMs } = await fio.end();
row(
  `fio meanwhile on ${disks.length} disks: writes; verified; errors`,
  `${writes}; ${verified}; ${errors.join(', ') || 0}`,
);
row('the longest write or read, ms', longestMs.toFixed(0));
row('attached at the end', `${attached} of ${attachments}`);
for (const fault of faults) console.log(`\n${fault}`);
if (errors.length > 0 || attached < attachments) process.exitCode = 1;
