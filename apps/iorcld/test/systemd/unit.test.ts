import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OpenStackClient, passwordAuth } from '@iorcl/openstack-client';
import { FakeCloud } from '@iorcl/openstack-client/testing';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DaemonProcess } from '../integration/daemon-process.ts';
import { Lab, whyNoLab } from '../integration/lab.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

const unit = readFileSync(join(import.meta.dirname, '../../systemd/iorcld.service'), 'utf8');
const setting = (name: string): string => new RegExp(`^${name}=(.*)$`, 'm').exec(unit)?.[1] ?? '';
const capabilities = setting('AmbientCapabilities').split(' ');

const noAnalyze = spawnSync('systemd-analyze', ['--version']).status !== 0;

describe('B11: the systemd unit', () => {
  it.skipIf(noAnalyze)(
    `is accepted by systemd-analyze verify${noAnalyze ? ' (skipped: no systemd-analyze)' : ''}`,
    () => {
      const directory = mkdtempSync(join(tmpdir(), 'iorcld-unit-'));
      const file = join(directory, 'iorcld.service');
      // Verify asks that the program is there.
      writeFileSync(file, unit.replace('ExecStart=/usr/bin/iorcld', 'ExecStart=/bin/true'));
      const { stderr, stdout } = spawnSync('systemd-analyze', ['verify', file], { encoding: 'utf8' });
      rmSync(directory, { recursive: true });
      // Other units of the machine may have faults of their own.
      expect(`${stderr}${stdout}`.split('\n').filter((line) => line.includes('iorcld'))).toEqual([]);
    },
  );

  it.skipIf(noAnalyze)(
    `is accepted with each drop-in of the README, too${noAnalyze ? ' (skipped: no systemd-analyze)' : ''}`,
    () => {
      const readme = readFileSync(join(import.meta.dirname, '../../README.md'), 'utf8');
      const dropIns = [...readme.matchAll(/```ini\n# \/etc\/systemd\/system\/iorcld\.service\.d\/(\S+)\n([^`]*)```/g)];
      expect(dropIns.map(([, name]) => name)).toEqual(['nvmet.conf', 'block-devices.conf']);
      const directory = mkdtempSync(join(tmpdir(), 'iorcld-unit-'));
      const file = join(directory, 'iorcld.service');
      mkdirSync(`${file}.d`);
      writeFileSync(file, unit.replace('ExecStart=/usr/bin/iorcld', 'ExecStart=/bin/true'));
      for (const [, name = '', text = ''] of dropIns) writeFileSync(join(`${file}.d`, name), text);
      const { stderr, stdout } = spawnSync('systemd-analyze', ['verify', file], { encoding: 'utf8' });
      rmSync(directory, { recursive: true });
      expect(`${stderr}${stdout}`.split('\n').filter((line) => line.includes('iorcld'))).toEqual([]);
    },
  );

  it('H22: leaves storage daemons alone, comes back always, and is watched', () => {
    expect(setting('KillMode')).toBe('process');
    expect(setting('Restart')).toBe('always');
    expect(setting('Type')).toBe('notify');
    expect(setting('NotifyAccess')).toBe('all');
    expect(Number(setting('WatchdogSec'))).toBeGreaterThan(0);
    expect(setting('RuntimeDirectoryPreserve')).toBe('yes');
  });

  it('H23: runs as a user of its own, with no capability beyond those that it is started with', () => {
    expect(setting('User')).toBe('iorcl');
    expect(setting('CapabilityBoundingSet')).toBe(setting('AmbientCapabilities'));
    expect(setting('NoNewPrivileges')).toBe('yes');
  });

  it('sees the mounts that others see: named namespaces are mounts', () => {
    expect(unit).not.toMatch(
      /^(Private(Mounts|Tmp|Devices)|Protect(System|Home|KernelTunables|ControlGroups|Clock)|ReadWritePaths)=/m,
    );
  });
});

const why = whyNoLab() ?? (spawnSync('setpriv', ['--version']).error === undefined ? undefined : 'no setpriv');
/** An ordinary user without an entry in /etc/passwd. */
const UID = 64_055;

describe.skipIf(why !== undefined)(
  `H23: the unit's capabilities${why === undefined ? '' : ` (skipped: ${why})`}`,
  () => {
    let cleanup: AsyncDisposableStack;
    beforeEach(() => {
      cleanup = new AsyncDisposableStack();
    });
    afterEach(() => cleanup.disposeAsync());

    it('are enough to attach, to restart and to detach, as an ordinary user', async () => {
      const lab = await Lab.open();
      cleanup.defer(() => lab.close());
      const cloud = await FakeCloud.start({ volumesDirectory: lab.volumesDirectory });
      cleanup.defer(() => cloud.stop());
      const daemon = await DaemonProcess.configure(lab, cloud);
      for (const directory of ['state', 'qsd', 'io-networks'])
        mkdirSync(join(lab.directory, directory), { recursive: true });
      spawnSync('chown', ['-R', `${UID}:${UID}`, lab.directory]);
      // Of root, as /run/netns is.
      mkdirSync(lab.namespaces.namespaceDirectory, { recursive: true });
      cloud.addFlavor({ name: 'io.small', extraSpecs: { 'io:enabled': '1' } });
      const network = cloud.addNetwork({ name: 'blue', physicalNetwork: 'physnet1', segmentationId: 101 });
      await lab.addBridge(network.id);
      const server = cloud.addServer({ name: 'vm', flavor: 'io.small', networks: [network.id], host: 'compute-1' });
      const { id: volumeId } = cloud.addVolume({ sizeGiB: 1 });
      spawnSync('chown', ['-R', `${UID}:${UID}`, lab.volumesDirectory]);
      const nova = new OpenStackClient({ auth: passwordAuth(cloud.credentials.nova) });
      cleanup.defer(() => nova.close());
      const { id } = await nova.blockStorage.attachments.create({ volumeId, instanceId: server.id, connector: null });

      let child = await start(daemon);
      cleanup.defer(() => end(child));
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
      expect(status).toMatch(new RegExp(`^Uid:\\s+${UID}\\s`, 'm'));
      await daemon.client.createAttachment({ attachmentId: id, computeHost: 'compute-1' });
      await end(child);
      const [storageDaemon, ...others] = await lab.daemons();
      expect(others).toEqual([]);
      // What iorcld may do, its data plane may not.
      expect(readFileSync(`/proc/${storageDaemon}/status`, 'utf8')).toMatch(/^CapEff:\s0+$/m);
      child = await start(daemon);
      expect(await daemon.client.showAttachment(id)).toMatchObject({ status: 'attached', fault: null });
      await daemon.client.deleteAttachment(id);
      expect(await lab.daemons()).toEqual([]);
    });
  },
);

/** As systemd would: another user, ambient capabilities, nothing else, no way to more. */
async function start(daemon: DaemonProcess): Promise<ChildProcess> {
  const names = capabilities.map((name) => `+${name.replace(/^CAP_/, '').toLowerCase()}`).join(',');
  const main = join(import.meta.dirname, '../../src/main.ts');
  const child = spawn(
    'setpriv',
    [
      ...[`--reuid=${UID}`, `--regid=${UID}`, '--clear-groups', '--no-new-privs'],
      ...[`--inh-caps=-all,${names}`, `--ambient-caps=-all,${names}`, `--bounding-set=-all,${names}`],
      ...[process.execPath, '--conditions=@iorcl/source', main, '--config-file', daemon.configurationFile],
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    log += text;
  });
  await vi.waitFor(
    async () => {
      expect(child.exitCode, log).toBeNull();
      expect((await fetch(`${daemon.url}/healthcheck`)).status).toBe(200);
    },
    { timeout: 60_000, interval: 50 },
  );
  return child;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'close');
  child.kill('SIGTERM');
  await ended;
}
