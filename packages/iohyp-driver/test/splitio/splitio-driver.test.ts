import { mkdir, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  type CommandRunner,
  type DriverError,
  type ExportRequest,
  type GuestPort,
  LocalCommandRunner,
  SplitioDriver,
  SshCommandRunner,
} from '../../src/index.ts';
import { fingerprintOf, InProcessServer } from '../ssh/in-process-server.ts';
import { RealSshd, whyNoSshd } from '../ssh/real-sshd.ts';
import { guest, SplitioSite } from './splitio-site.ts';

const sites: SplitioSite[] = [];
afterEach(async () => {
  for (const site of sites.splice(0)) {
    await site[Symbol.asyncDispose]();
  }
});

async function newSite(options: Parameters<typeof SplitioSite.create>[0] = {}): Promise<SplitioSite> {
  const site = await SplitioSite.create(options);
  sites.push(site);
  return site;
}

const key = { instanceId: 'instance-1', attachmentId: 'attachment-1' };
const exportRequest: ExportRequest = { key, exportName: 'disk-1', readOnly: false, guest };

async function opened(site: SplitioSite): Promise<{ readonly path: string }> {
  const volume = await site.newVolume(1024 * 1024);
  const listener = await site.newListener();
  await site.driver.open({ key, connectionInfo: volume.connectionInfo, readOnly: false, listener });
  return volume;
}

async function failure(promise: Promise<unknown>): Promise<DriverError> {
  return promise.then(
    () => {
      throw new Error('expected a failure');
    },
    (error: DriverError) => error,
  );
}

describe('driver splitio', () => {
  it('does not start unless its insecurity was accepted', () => {
    expect(() => new SplitioDriver({ allowInsecure: false })).toThrow(/allow_insecure = true/);
  });

  it('runs sudo without a question before the scripts, unless told otherwise', async () => {
    const ran: string[] = [];
    const local = new LocalCommandRunner();
    const runner: CommandRunner = {
      run: (command, options) => {
        ran.push([command.program, ...command.args].join(' '));
        return command.program === 'sudo'
          ? local.run({ program: command.args[1] ?? '', args: command.args.slice(2) }, options)
          : local.run(command, options);
      },
    };
    const site = await newSite({ runner, sudo: ['sudo', '-n'] });
    await opened(site);
    await site.driver.export(exportRequest);
    expect(ran.some((line) => line.startsWith(`sudo -n ${site.standIn.createScript} -i`))).toBe(true);
  });

  it.each([
    ['a multicast MAC address', { macAddress: '01:00:5e:00:00:01' }],
    ['a MAC address that is none', { macAddress: 'fa:16:3e:00:00' }],
    ['an IPv6 address', { ipAddress: '2001:db8::1' }],
    ['an address that is none', { ipAddress: '192.0.2.256' }],
    ['the address 0.0.0.0', { ipAddress: '0.0.0.0' }],
    ['an interface name of 16 bytes', { interfaceName: 'i'.repeat(16) }],
    ['an interface name that is an option', { interfaceName: '-x' }],
  ])('refuses %s before any script is called', async (_what, change) => {
    const site = await newSite();
    await opened(site);
    const error = await failure(site.driver.export({ ...exportRequest, guest: { ...guest, ...change } }));
    expect(error.code).toBe('bad_request');
    expect(error.message).toContain(Object.keys(change)[0]);
    expect(await site.standIn.calls()).toEqual([]);
  });

  it('takes names up to the kernel limits, and refuses one byte more', async () => {
    const site = await newSite();
    const long = `${'d'.repeat(255 - site.volumesDirectory.length - 1)}`;
    await site.newVolumeNamed(long.slice(0, 200), 4096);
    await opened(site);
    const interfaceName = 'i'.repeat(15);
    const tooLong = { ...exportRequest, exportName: 'n'.repeat(64) };
    expect((await failure(site.driver.export(tooLong))).message).toContain('1 to 63 bytes');
    const state = await site.driver.export({
      ...exportRequest,
      exportName: 'n'.repeat(63),
      guest: { ...guest, interfaceName },
    });
    expect(state.exportName).toBe('n'.repeat(63));
  });

  it('refuses a device path of 256 bytes', async () => {
    const site = await newSite();
    let directory = site.volumesDirectory;
    while (directory.length < 200) {
      directory = join(directory, 'd'.repeat(20));
    }
    await mkdir(directory, { recursive: true });
    const name = join(directory.slice(site.volumesDirectory.length + 1), 'v'.repeat(256 - directory.length - 1));
    const volume = await site.newVolumeNamed(name, 4096);
    expect(volume.path.length).toBe(256);
    const listener = await site.newListener();
    await site.driver.open({ key, connectionInfo: volume.connectionInfo, readOnly: false, listener });
    expect((await failure(site.driver.export(exportRequest))).message).toContain('1 to 255 bytes');
    expect(await site.standIn.calls()).toEqual([]);
  });

  it('refuses to export without a guest', async () => {
    const site = await newSite();
    await opened(site);
    const driver = new SplitioDriver({ allowInsecure: true, runtimeDirectory: site.runtimeDirectory });
    expect((await failure(driver.export({ key, exportName: 'disk', readOnly: false }))).message).toContain('guest');
  });

  it('believes what the kernel shows, not a script that says it failed', async () => {
    const site = await newSite();
    await opened(site);
    await site.standIn.setMood('says-failed');
    expect((await site.driver.export(exportRequest)).exportName).toBe('disk-1');
    await site.driver.unexport(key);
    expect(await site.standIn.bdevs()).toEqual([]);
  });

  it('believes what the kernel shows, not a script that says it is done', async () => {
    const site = await newSite({ settleTimeoutMs: 200 });
    await opened(site);
    await site.standIn.setMood('does-nothing');
    const error = await failure(site.driver.export(exportRequest));
    expect(error.code).toBe('data_plane_failed');
    expect(error.message).toContain('exit status 0');
    expect((await site.driver.inspect(key.instanceId))?.volumes[0]?.exportName).toBeUndefined();

    await site.standIn.setMood('well');
    await site.driver.export(exportRequest);
    await site.standIn.setMood('does-nothing');
    expect((await failure(site.driver.unexport(key))).message).toContain('still shows');
    expect((await failure(site.driver.close(key))).code).toBe('conflict');
  });

  it('tells why a script failed', async () => {
    const site = await newSite();
    await opened(site);
    await site.standIn.setMood('fails');
    const error = await failure(site.driver.export(exportRequest));
    expect(error.message).toMatch(/exit status 1.*Operation failed/s);
  });

  it('H6: waits for what a script only began', async () => {
    const site = await newSite();
    await opened(site);
    await site.standIn.setMood('late');
    expect((await site.driver.export(exportRequest)).exportName).toBe('disk-1');
    await site.driver.unexport(key);
    expect(await site.standIn.bdevs()).toEqual([]);
  });

  it.each([
    ['for another guest than asked', 'default-ip', '0.0.0.0'],
    ['of another size than the volume', 'other-size', 'Capacity'],
  ] as const)('takes back an export %s', async (_what, mood, word) => {
    const site = await newSite();
    await opened(site);
    await site.standIn.setMood(mood);
    expect((await failure(site.driver.export(exportRequest))).message).toContain(word);
    expect(await site.standIn.bdevs()).toEqual([]);
  });

  it('does not free the backing under a guest that still writes, unless told to', async () => {
    const site = await newSite({ quietMs: 1_000, quietTimeoutMs: 500 });
    await opened(site);
    const state = await site.driver.export(exportRequest);
    const listener = await site.newListener();
    const client = site.client({ listener, exportName: state.exportName ?? '', credentials: undefined });
    const writer = await client.keepWriting();
    const error = await failure(site.driver.unexport(key));
    expect(error.code).toBe('conflict');
    expect(error.retryable).toBe(true);
    expect(await writer.goesOn()).toBe(true);
    await writer.stop();
    await site.driver.unexport(key);
    expect(await site.standIn.bdevs()).toEqual([]);
  });

  it('knows a device by its real path: a link to it is not another one', async () => {
    const site = await newSite();
    const volume = await opened(site);
    const link = join(site.volumesDirectory, 'link');
    await symlink(volume.path, link);
    const connectionInfo = { driver_volume_type: 'gpfs', device_path: link };
    const other = { instanceId: 'instance-2', attachmentId: 'attachment-2' };
    const listener = await site.newListener();
    const again = site.driver.open({ key: other, connectionInfo, readOnly: false, listener });
    expect((await failure(again)).code).toBe('conflict');
  });

  it.each(['/etc/passwd', '/../etc/passwd', 'relative', '/dev/null'])('refuses the path %s', async (path) => {
    const site = await newSite();
    const listener = await site.newListener();
    const connectionInfo = { driver_volume_type: 'gpfs', device_path: path };
    expect((await failure(site.driver.open({ key, connectionInfo, readOnly: false, listener }))).code).toBe(
      'unsafe_path',
    );
  });

  it('refuses a link that leads out of the allowed directories', async () => {
    const site = await newSite();
    const link = join(site.volumesDirectory, 'link');
    await symlink('/etc/passwd', link);
    const connectionInfo = { driver_volume_type: 'gpfs', device_path: link };
    const listener = await site.newListener();
    expect((await failure(site.driver.open({ key, connectionInfo, readOnly: false, listener }))).message).toContain(
      '/etc/passwd',
    );
  });

  it('refuses to export what someone else exports already', async () => {
    const site = await newSite();
    const volume = await opened(site);
    await site.driver.export(exportRequest);
    await rm(site.runtimeDirectory, { recursive: true });
    const listener = await site.newListener();
    const connectionInfo = { driver_volume_type: 'gpfs', device_path: volume.path };
    const error = await failure(site.driver.open({ key, connectionInfo, readOnly: false, listener }));
    expect(error.message).toContain('not by this driver');
  });

  it('says that nothing is known, not that nothing is there, when the kernel module is not loaded', async () => {
    const site = await newSite();
    await opened(site);
    await rm(site.standIn.sysfsDirectory, { recursive: true });
    expect((await failure(site.driver.inspect(key.instanceId))).message).toContain('is the kernel module loaded');
    expect((await failure(site.driver.close(key))).code).toBe('data_plane_failed');
  });

  it('counts what the guest did', async () => {
    const site = await newSite();
    await opened(site);
    await site.driver.export(exportRequest);
    const client = site.client({ listener: await site.newListener(), exportName: 'disk-1', credentials: undefined });
    await client.write(0, 4096, 1);
    const stats = await site.driver.stats(key.instanceId);
    expect(stats?.volumes[0]?.io).toEqual({ operations: 1, readBytes: 0, writtenBytes: 4096 });
  });
});

/** Everything that a shell would take for something else, in few names, as each costs some round trips. */
const HOSTILE = [
  "it's $(touch owned) `touch owned`",
  '; touch owned && touch owned | touch owned > owned',
  "* $HOME \" \\ a b ~ {a,b} '; touch owned; ' 日本 !!",
];

const closers: (() => void | Promise<void>)[] = [];
afterAll(async () => {
  for (const close of closers.toReversed()) {
    await close();
  }
});

/** The whole life of an export, and names that a careless shell would trip over. */
function exportsWith(runner: () => CommandRunner): void {
  it('B6, B7: calls the scripts with exactly the original command lines', async () => {
    const site = await newSite({ runner: runner() });
    const { path } = await opened(site);
    await site.driver.export(exportRequest);
    expect((await site.driver.inspect(key.instanceId))?.volumes[0]?.exportName).toBe('disk-1');
    await site.driver.unexport(key);
    await site.driver.close(key);
    expect(await site.standIn.calls()).toEqual([
      [
        'iohyp_create_blk_device.sh',
        ...['-i', 'io-veth100', '-p', path, '-w', 'disk-1', '-g', 'fa:16:3e:00:00:01', '-t', '192.0.2.10'],
      ],
      ['iohyp_remove_blk_device.sh', '-p', path],
    ]);
    expect(await site.leftovers()).toEqual([]);
  });

  it('hands over a device and a guest name as they are, whatever is in them', async () => {
    for (const hostile of HOSTILE) {
      const site = await newSite({ runner: runner() });
      const volume = await site.newVolumeNamed(hostile, 4096);
      const listener = await site.newListener();
      await site.driver.open({ key, connectionInfo: volume.connectionInfo, readOnly: false, listener });
      const state = await site.driver.export({ ...exportRequest, exportName: hostile });
      expect(state.exportName).toBe(hostile);
      const [call] = await site.standIn.calls();
      expect(call?.slice(3, 7)).toEqual(['-p', volume.path, '-w', hostile]);
      await site.driver.unexport(key);
      expect(await site.standIn.bdevs()).toEqual([]);
    }
  }, 60_000);

  it.each([
    ['a newline in the device path', 'volume\ntouch owned', 'disk', 'unsafe_path'],
    ['a newline at the end of the device path', 'volume\n', 'disk', 'unsafe_path'],
    ['a carriage return in the device path', 'volume\r', 'disk', 'unsafe_path'],
    ['a newline in the guest name', 'volume', 'disk\nGuest_IP_Address: 192.0.2.99', 'bad_request'],
    ['a guest name that is an option', 'volume', '-p', 'bad_request'],
    ['a guest name that is a long option', 'volume', '--help', 'bad_request'],
  ])('lets no injection through by %s', async (_what, file, exportName, code) => {
    const site = await newSite({ runner: runner() });
    const volume = await site.newVolumeNamed(file, 4096);
    const listener = await site.newListener();
    const open = { key, connectionInfo: volume.connectionInfo, readOnly: false, listener };
    const attempt = site.driver.open(open).then(() => site.driver.export({ ...exportRequest, exportName }));
    expect((await failure(attempt)).code).toBe(code);
    expect(await site.standIn.calls()).toEqual([]);
    expect(await site.standIn.bdevs()).toEqual([]);
  });

  it('a file whose name begins with "-" is handed over by its path, which does not', async () => {
    const site = await newSite({ runner: runner() });
    const volume = await site.newVolumeNamed('-p', 4096);
    const listener = await site.newListener();
    await site.driver.open({ key, connectionInfo: volume.connectionInfo, readOnly: false, listener });
    await site.driver.export(exportRequest);
    const [call] = await site.standIn.calls();
    expect(call?.slice(3, 5)).toEqual(['-p', volume.path]);
    await site.driver.unexport(key);
    const relative = { driver_volume_type: 'gpfs', device_path: '-p' };
    await site.driver.close(key);
    const opening = site.driver.open({ key, connectionInfo: relative, readOnly: false, listener });
    expect((await failure(opening)).code).toBe('unsafe_path');
  });

  it('lets no injection through in the other arguments, either', async () => {
    const site = await newSite({ runner: runner() });
    await opened(site);
    for (const hostile of ['$(id)', "';id'", 'a\nb']) {
      for (const field of ['interfaceName', 'macAddress', 'ipAddress'] as const) {
        const changed: GuestPort = { ...guest, [field]: hostile };
        const error = await site.driver.export({ ...exportRequest, guest: changed }).then(
          () => undefined,
          (reason: DriverError) => reason,
        );
        if (error === undefined) {
          // An interface may be called "$(id)": then it is handed over as such.
          expect(field).toBe('interfaceName');
          expect((await site.standIn.calls()).at(-1)?.[2]).toBe(hostile);
          await site.driver.unexport(key);
          expect(await site.standIn.bdevs()).toEqual([]);
        } else {
          expect(error.code).toBe('bad_request');
        }
      }
    }
  }, 60_000);
}

describe('driver splitio on this machine', () => {
  exportsWith(() => new LocalCommandRunner());
});

describe('driver splitio over SSH, to a server in this process', () => {
  let runner: SshCommandRunner;
  beforeAll(async () => {
    const server = await InProcessServer.start();
    closers.push(() => server.stop());
    runner = new SshCommandRunner({
      host: server.host,
      port: server.port,
      username: server.username,
      authentication: { privateKey: server.client.privateKey },
      hostKey: { sha256: [fingerprintOf(server.hostKey.publicKey)] },
    });
    closers.push(() => runner.close());
  });
  exportsWith(() => runner);
});

const noSshd = whyNoSshd();
const over = `driver splitio over SSH, to Debian's sshd${noSshd === undefined ? '' : ` (${noSshd})`}`;
describe.skipIf(noSshd !== undefined)(over, () => {
  let runner: SshCommandRunner;
  beforeAll(async () => {
    const sshd = await RealSshd.start();
    closers.push(() => sshd.stop());
    runner = new SshCommandRunner({
      host: sshd.host,
      port: sshd.port,
      username: sshd.username,
      authentication: { privateKey: sshd.privateKey },
      hostKey: { knownHostsFile: sshd.knownHostsFile },
    });
    closers.push(() => runner.close());
  }, 30_000);
  exportsWith(() => runner);
});
