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
import { type Finished, iorcl, startDaemon } from '../demo/program.ts';

const impossible = process.getuid?.() !== 0 ? 'needs root' : whyNoNamespaces();
// In a network of its own, so that no other port is taken.
const ENDPOINT = 'http://127.0.0.1:8790';

describe.skipIf(impossible !== undefined)(
  `iorcl, against a running iorcld${impossible === undefined ? '' : ` (${impossible})`}`,
  { timeout: 120_000 },
  () => {
    const cleanup = new AsyncDisposableStack();
    let cloud: FakeCloud;
    let attachment: { readonly id: string; readonly volumeId: string; readonly serverId: string };

    beforeAll(async () => {
      const fresh = await enterFreshNamespace();
      cleanup.defer(() => fresh.leave());
      const directory = mkdtempSync(join(tmpdir(), 'iorcl-cli-'));
      cleanup.defer(() => removeDirectory(directory));
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
        configurationFile: writeConfiguration(join(directory, 'iorcl.conf'), configuration),
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
