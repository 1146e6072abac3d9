import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApiClient } from '@iorcl/api';
import { OpenStackClient, passwordAuth } from '@iorcl/openstack-client';
import { FakeCloud, type FakeCredentials } from '@iorcl/openstack-client/testing';
import { createBridge, NetlinkSocket } from '@iorcl/vlan-netlink';
import { enterFreshNamespace, whyNoNamespaces } from '@iorcl/vlan-netlink/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { iorcldConfiguration, writeConfiguration } from '../demo/configuration.ts';
import { removeDirectory } from '../demo/leftovers.ts';
import { type Finished, iorcl, runToEnd, startDaemon } from '../demo/program.ts';

const impossible = process.getuid?.() !== 0 ? 'needs root' : whyNoNamespaces();
// In a network of its own, so that no other port is taken.
const ENDPOINT = 'http://127.0.0.1:8790';

describe.skipIf(impossible !== undefined)(
  `iorcl, against a running iorcld${impossible === undefined ? '' : ` (${impossible})`}`,
  { timeout: 120_000 },
  () => {
    const cleanup = new AsyncDisposableStack();
    let cloud: FakeCloud;
    let socket: string;
    let attachment: { readonly id: string; readonly volumeId: string; readonly serverId: string };

    beforeAll(async () => {
      const fresh = await enterFreshNamespace();
      cleanup.defer(() => fresh.leave());
      const directory = mkdtempSync(join(tmpdir(), 'iorcl-cli-'));
      cleanup.defer(() => removeDirectory(directory));
      socket = join(directory, 'iorcld.sock');
      const volumesDirectory = join(directory, 'volumes');
      mkdirSync(volumesDirectory);
      cloud = await FakeCloud.start({ volumesDirectory });
      cleanup.defer(() => cloud.stop());
      const configuration = iorcldConfiguration({
        directory,
        serviceUser: cloud.credentials.service,
        cinderEndpoint: cloud.endpoints.blockStorage,
        networkTargets: 'physnet1:bridge',
        computeHost: 'compute-1',
        importsDirectory: directory,
        fileDirectories: volumesDirectory,
        iorcldPort: 8790,
        hookPort: 8876,
      });
      const daemon = await startDaemon({
        main: 'apps/iorcld/src/main.ts',
        configurationFile: writeConfiguration(join(directory, 'iorcl.conf'), {
          ...configuration,
          api: { ...configuration['api'], unix_socket: socket },
        }),
        logFile: join(directory, 'iorcld.log'),
        healthUrl: `${ENDPOINT}/healthcheck`,
      });
      cleanup.defer(() => daemon.end('SIGTERM'));
      attachment = await attach(cleanup, cloud);
    }, 120_000);
    afterAll(() => cleanup.disposeAsync(), 120_000);

    const as = (user: FakeCredentials, ...args: string[]): Promise<Finished> =>
      iorcl(args, {
        OS_AUTH_URL: user.authUrl,
        OS_USERNAME: user.username,
        OS_PASSWORD: user.password,
        OS_PROJECT_NAME: user.projectName,
        OS_USER_DOMAIN_NAME: 'Default',
        OS_PROJECT_DOMAIN_NAME: 'Default',
        IORCL_ENDPOINT: ENDPOINT,
      });
    const asOperator = (...args: string[]): Promise<Finished> => as(cloud.credentials.admin, ...args);

    it('host list: a table for people', async () => {
      const { status, out, error } = await asOperator('host', 'list');
      expect({ status, error }).toEqual({ status: 0, error: '' });
      expect(out).toMatch(/^\+-.*\n\| Binary +\| Host .*\n\+-.*\n\| iorcld \| io-1 \| nova \| enabled \| up +\| 1 /);
    });

    it('host list -f json: the same for programs', async () => {
      const { out } = await asOperator('host', 'list', '-f', 'json');
      expect(JSON.parse(out)).toMatchObject([{ Binary: 'iorcld', Host: 'io-1', State: 'up', Attachments: 1 }]);
    });

    it('attachment list: who has which volume, where, over which network', async () => {
      const { id, serverId, volumeId } = attachment;
      const { status, out } = await asOperator('attachment', 'list', '-f', 'json');
      expect(status).toBe(0);
      expect(JSON.parse(out)).toEqual([
        {
          ID: id,
          Instance: serverId,
          Volume: volumeId,
          'Compute Host': 'compute-1',
          'I/O Host': 'io-1',
          Network: 'physnet1:vlan:100',
          Status: 'attached',
        },
      ]);
      const { out: table } = await asOperator('attachment', 'list');
      for (const word of [id, serverId, volumeId, 'physnet1:vlan:100', 'attached']) expect(table).toContain(word);
    });

    it('attachment show: one, with its address and without its key', async () => {
      const { status, out } = await asOperator('attachment', 'show', attachment.id, '-f', 'json');
      expect(status).toBe(0);
      expect(JSON.parse(out)).toMatchObject({
        ...{ ID: attachment.id, Size: 2 ** 30, 'Read Only': false, Mode: 'host', Driver: 'qsd', Fault: null },
        Address: expect.stringMatching(/^\[fe80::.*\]:10809$/),
      });
      expect(out).not.toMatch(/[0-9a-f]{64}/);
      const { out: table } = await asOperator('attachment', 'show', attachment.id);
      expect(table).toMatch(/\| Field +\| Value/);
      expect(table).toContain(attachment.id);
    });

    it('attachment show of an unknown one says so, with HTTP status and request id', async () => {
      const { status, out, error } = await asOperator('attachment', 'show', randomUUID());
      expect({ status, out }).toEqual({ status: 1, out: '' });
      expect(error).toMatch(
        /^iorcl: There is no attachment \S+ on I\/O host io-1\. \(HTTP 404\) \(Request-ID: req-\S+\)\n$/,
      );
    });

    it('attachment show of something that is no id says what was expected', async () => {
      const { status, error } = await asOperator('attachment', 'show', 'vol1');
      expect(status).toBe(1);
      expect(error).toMatch(/Invalid UUID, found "vol1".*\(HTTP 400\)/);
    });

    it.each([
      [['attachment', 'lst'], /unknown command: attachment lst; known: attachment list/],
      [['attachment', 'show'], /usage: iorcl attachment show ATTACHMENT/],
      [['host', 'list', '--endpoint', 'io-1:8790'], /not an http:\/\/ or https:\/\/ URL: io-1:8790/],
      [['attachment', 'list', '-f', 'xml'], /unknown format: xml; expected one of table, json/],
    ])('wrong usage is status 2, and asks nobody: %j', async (words, why) => {
      const { status, out, error } = await iorcl(words, {});
      expect({ status, out }).toEqual({ status: 2, out: '' });
      expect(error).toMatch(why);
    });

    /** Without any credentials, as root of the I/O host. */
    const asLocal = (...args: string[]): Promise<Finished> => iorcl(args, { IORCL_ENDPOINT: `unix:${socket}` });

    it.each([
      ['value', /^[0-9a-f-]{36} attached\n$/],
      ['csv', /^"ID","Status"\n"[0-9a-f-]{36}","attached"\n$/],
      ['yaml', /^- ID: "?[0-9a-f-]{36}"?\n {2}Status: attached\n$/],
    ])('attachment list -f %s -c ID -c Status: for shells and other programs', async (format, expected) => {
      const { out } = await asOperator('attachment', 'list', '-f', format, '-c', 'ID', '-c', 'Status');
      expect(out).toMatch(expected);
    });

    it('attachment list with filters: only what fits all of them', async () => {
      const list = (...filter: string[]) => asOperator('attachment', 'list', '-f', 'value', '-c', 'ID', ...filter);
      expect((await list('--volume', attachment.volumeId, '--status', 'attached')).out).toBe(`${attachment.id}\n`);
      expect((await list('--status', 'error')).out).toBe('');
    });

    it('attachment show takes the volume’s id as well, which is what people have at hand', async () => {
      const { out } = await asOperator('attachment', 'show', attachment.volumeId, '-f', 'value', '-c', 'ID');
      expect(out).toBe(`${attachment.id}\n`);
    });

    it('B10: attachment repair verifies what runs and leaves it alone', async () => {
      const { status, out, error } = await asOperator(
        'attachment',
        'repair',
        attachment.id,
        '-f',
        'json',
        '-c',
        'Status',
      );
      expect({ status, error }).toEqual({ status: 0, error: '' });
      expect(JSON.parse(out)).toEqual({ Status: 'attached' });
    });

    it('attachment resize to a size that Cinder does not know is refused', async () => {
      const { status, error } = await asOperator('attachment', 'resize', attachment.id, '--size', String(2 ** 40));
      expect(status).toBe(1);
      expect(error).toMatch(/\(HTTP 4\d\d\) \(Request-ID: req-\S+\)\n$/);
    });

    it('attachment set-qos: limits, and back', async () => {
      const { status, error } = await asOperator('attachment', 'set-qos', attachment.id, '--iops-total', '500');
      expect({ status, error }).toEqual({ status: 0, error: '' });
      expect((await asOperator('attachment', 'set-qos', attachment.id, '--reset')).status).toBe(0);
    });

    it('attachment grants: who may connect, without keys', async () => {
      const { out } = await asOperator('attachment', 'grants', attachment.id, '-f', 'json');
      expect(JSON.parse(out)).toMatchObject([{ Client: 'compute-1' }]);
      expect(out).not.toMatch(/[0-9a-f]{64}/);
    });

    it('network list and driver list: what this host exports into, and with what', async () => {
      const networks = await asOperator('network', 'list', '-f', 'json');
      expect(JSON.parse(networks.out)).toMatchObject([
        { 'Physical Network': 'physnet1', Segment: 100, Attachments: 1 },
      ]);
      const drivers = await asOperator('driver', 'list', '-f', 'json');
      expect(JSON.parse(drivers.out)).toMatchObject([{ Name: 'qsd', Transport: 'nbd', Secure: true }]);
    });

    it('H25: host disable, drain and enable, over the local socket without any credentials', async () => {
      const disabled = await asLocal('host', 'disable', 'io-1', '--reason', 'new disks', '-f', 'json');
      expect(JSON.parse(disabled.out)).toMatchObject({ Status: 'disabled', 'Disabled Reason': 'new disks' });
      const drained = await asLocal('host', 'drain', 'io-1', '-f', 'value', '-c', 'Attachments');
      expect([drained.status, drained.out]).toEqual([1, '1\n']);
      const enabled = await asLocal('host', 'enable', 'io-1');
      expect([enabled.status, enabled.error]).toEqual([0, '']);
      const { out } = await asLocal('host', 'list', '--long', '-f', 'value', '-c', 'Status');
      expect(out).toBe('enabled\n');
    });

    it('event follow prints a line for each thing that happens, from where it is told to begin', async () => {
      const api = new ApiClient({ endpoint: `unix:${socket}` });
      const first = api.events({ lastEventId: 'long-ago-0' }).next();
      const resync = (await first).value;
      if (resync === undefined) throw new Error('no event');
      await api.updateHost('io-1', { status: 'disabled', reason: 'seen in events' });
      await api.updateHost('io-1', { status: 'enabled' });
      const follow = ['event', 'follow', '--since', resync.id, '-f', 'json'].map((word) => `'${word}'`).join(' ');
      const main = new URL('../../apps/cli/src/main.ts', import.meta.url).pathname;
      // `head` has enough after two lines; the command ends when it finds nobody reads on.
      const { out } = await runToEnd(
        'bash',
        [
          '-c',
          `"$0" --conditions=@iorcl/source --disable-warning=ExperimentalWarning ${main} ${follow} | head -n 2`,
          process.execPath,
        ],
        { IORCL_ENDPOINT: `unix:${socket}` },
        {
          // Something has to be written for that to be found.
          inside: (start) => {
            const child = start();
            const timer = setInterval(() => {
              void api
                .updateHost('io-1', { status: 'disabled' })
                .then(() => api.updateHost('io-1', { status: 'enabled' }));
            }, 500);
            child.once('close', () => clearInterval(timer));
            return child;
          },
        },
      );
      const events = out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
      expect(events).toMatchObject([
        { Event: 'host.disabled', About: 'host io-1 seen in events' },
        { Event: 'host.enabled', About: 'host io-1' },
      ]);
    });

    it('doctor and reconcile --dry-run: what differs, and nothing is changed', async () => {
      const { status, out, error } = await asOperator('doctor', '-f', 'json');
      expect(error).toBe('');
      const findings: { ID: string; Kind: string }[] = JSON.parse(out);
      expect(status).toBe(findings.length === 0 ? 0 : 1);
      const dry = await asOperator('reconcile', '--dry-run', '-f', 'json');
      expect(dry.status).toBe(0);
      expect(JSON.parse(dry.out).map(({ ID }: { ID: string }) => ID)).toEqual(findings.map(({ ID }) => ID));
      const unknown = await asOperator('doctor', '--repair', 'nothing:like:this');
      expect([unknown.status, unknown.error]).toEqual([2, expect.stringMatching(/no such difference any more/)]);
      const { out: after } = await asOperator('attachment', 'show', attachment.id, '-f', 'value', '-c', 'Status');
      expect(after).toBe('attached\n');
    });

    it('complete prints a script that bash accepts', async () => {
      const { out } = await iorcl(['complete'], {});
      expect(await runToEnd('bash', ['-n', '-c', out])).toMatchObject({ status: 0, error: '' });
    });

    it('an iorcld that is not there is named, with the reason', async () => {
      const { status, error } = await asOperator('host', 'list', '--endpoint', 'http://127.0.0.1:18790');
      expect(status).toBe(1);
      expect(error).toMatch(/^iorcl: iorcld at http:\/\/127\.0\.0\.1:18790: GET \/v1\/hosts failed: .*ECONNREFUSED/);
    });

    it("an ordinary user of a project may not look: what is attached is everybody's", async () => {
      const { status, out, error } = await as(cloud.credentials.demo(), 'attachment', 'list');
      expect({ status, out }).toEqual({ status: 1, out: '' });
      expect(error).toMatch(/to look needs one of service, admin.*\(HTTP 403\)/);
    });

    it('a wrong password is said to be one, and not printed', async () => {
      const { status, error } = await as({ ...cloud.credentials.admin, password: 'sekret' }, 'host', 'list');
      expect(status).toBe(1);
      expect(error).toMatch(/401|authenti/i);
      expect(error).not.toContain('sekret');
    });
  },
);

/** Attaches a volume of an instance on VLAN 100; detaches it at the end. */
async function attach(
  cleanup: AsyncDisposableStack,
  cloud: FakeCloud,
): Promise<{ readonly id: string; readonly volumeId: string; readonly serverId: string }> {
  const flavor = cloud.addFlavor({ name: 'io.small', extraSpecs: { 'io:enabled': '1' } });
  const network = cloud.addNetwork({ name: 'blue', physicalNetwork: 'physnet1', segmentationId: 100 });
  using socket = NetlinkSocket.open();
  await createBridge(socket, { name: `brq${network.id.slice(0, 11)}`, up: true });
  const { id: serverId } = cloud.addServer({ name: 'vm', flavor, networks: [network.id], host: 'compute-1' });
  const { id: volumeId } = cloud.addVolume({ sizeGiB: 1 });
  const service = new OpenStackClient({ auth: passwordAuth(cloud.credentials.service) });
  cleanup.defer(() => service.close());
  const nova = new OpenStackClient({ auth: passwordAuth(cloud.credentials.nova) });
  cleanup.defer(() => nova.close());
  const { id } = await nova.blockStorage.attachments.create({ volumeId, instanceId: serverId, connector: null });
  const api = new ApiClient({ endpoint: ENDPOINT, token: () => service.token() });
  await api.createAttachment({ attachmentId: id, computeHost: 'compute-1' });
  cleanup.defer(() => api.deleteAttachment(id));
  return { id, volumeId, serverId };
}
