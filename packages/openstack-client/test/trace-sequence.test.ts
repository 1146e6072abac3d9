import { describe, expect, it } from 'vitest';
import { type FakeCloud, type RecordedCall, SimulatedCompute } from '../src/testing/index.ts';
import { isRecord, type WireRecord } from '../src/wire/record.ts';
import { temporaryCloud } from './temporary-cloud.ts';
import { type RecordedRequest, readTrace } from './traces.ts';

/** Hosts as in the recordings: `aio` runs libvirt, the others Nova's fake driver. */
interface Scene {
  readonly cloud: FakeCloud;
  readonly aio: SimulatedCompute;
  readonly fakeA: SimulatedCompute;
  readonly fakeB: SimulatedCompute;
  readonly serverId: string;
  readonly volumeId: string;
  /** In the recordings the administrator asked for everything. */
  readonly asAdmin: { readonly as: FakeCloud['credentials']['admin'] };
}

type Play = (scene: Scene) => Promise<unknown>;

/** Recording -> what leads there (not compared), and the operation itself. */
const OPERATIONS: Readonly<Record<string, readonly [before: Play, operation: Play]>> = {
  attach: [nothing, ({ aio, serverId, volumeId, asAdmin }) => aio.attachVolume(serverId, volumeId, asAdmin)],
  detach: [attachOn('aio'), ({ aio, serverId, volumeId, asAdmin }) => aio.detachVolume(serverId, volumeId, asAdmin)],
  'hard-reboot': [attachOn('aio'), ({ aio, serverId }) => aio.hardReboot(serverId)],
  'boot-with-data-volume': [nothing, ({ aio, serverId, volumeId, asAdmin }) => aio.boot(serverId, [volumeId], asAdmin)],
  'boot-from-volume': [
    async ({ cloud, serverId }) => cloud.state.nova.updateServer(serverId, { imageId: undefined }),
    ({ aio, serverId, volumeId, asAdmin }) => aio.boot(serverId, [volumeId], asAdmin),
  ],
  'delete-server': [attachOn('aio'), ({ aio, serverId, asAdmin }) => aio.deleteServer(serverId, asAdmin)],
  'delete-server-and-its-volume': [
    async (scene) => {
      await attachOn('aio')(scene);
      const device = scene.cloud.server(scene.serverId)?.blockDevices[0];
      if (device !== undefined) {
        scene.cloud.state.nova.saveBlockDevice(scene.serverId, { ...device, deleteOnTermination: true });
      }
    },
    ({ aio, serverId, asAdmin }) => aio.deleteServer(serverId, asAdmin),
  ],
  'attach-fake-driver': [
    onHost('fake-a'),
    ({ fakeA, serverId, volumeId, asAdmin }) => fakeA.attachVolume(serverId, volumeId, asAdmin),
  ],
  'live-migrate': [
    attachOn('fake-a'),
    ({ fakeA, fakeB, serverId, asAdmin }) => fakeA.liveMigrate(serverId, fakeB, asAdmin),
  ],
  'cold-migrate': [
    attachOn('fake-b'),
    ({ fakeA, fakeB, serverId, asAdmin }) => fakeB.coldMigrate(serverId, fakeA, asAdmin),
  ],
  'revert-resize': [
    attachOn('fake-b'),
    ({ fakeA, fakeB, serverId, asAdmin }) => fakeB.coldMigrate(serverId, fakeA, asAdmin),
  ],
  'shelve-offload': [attachOn('fake-a'), ({ fakeA, serverId, asAdmin }) => fakeA.shelve(serverId, asAdmin)],
  unshelve: [
    async (scene) => {
      await attachOn('fake-a')(scene);
      await scene.fakeA.shelve(scene.serverId, scene.asAdmin);
    },
    ({ fakeB, serverId, asAdmin }) => fakeB.unshelve(serverId, asAdmin),
  ],
  rebuild: [attachOn('fake-b'), ({ fakeB, serverId, asAdmin }) => fakeB.rebuild(serverId, asAdmin)],
  evacuate: [
    async (scene) => {
      await attachOn('fake-b')(scene);
      await scene.fakeB.die();
    },
    ({ fakeA, serverId, asAdmin }) => fakeA.evacuate(serverId, asAdmin),
  ],
  'extend-attached': [attachOn('fake-a'), ({ fakeA, volumeId }) => fakeA.volumeExtended(volumeId)],
  'interposed-local-file-attach-fails': [
    nothing,
    async ({ aio, cloud, serverId, asAdmin }) => {
      cloud.addVolumeType({
        name: 'local-file',
        fileBacked: true,
        connect: (_, path) => ({ driver_volume_type: 'local', data: { device_path: path } }),
      });
      const volume = cloud.addVolume({ sizeGiB: 1, type: 'local-file', project: 'admin' });
      await expect(aio.attachVolume(serverId, volume.id, asAdmin)).rejects.toMatchObject({ code: 'disk_unusable' });
      expect(cloud.volume(volume.id)?.status).toBe('available');
    },
  ],
};

describe('the simulated Nova sends the very requests that a real Nova was recorded sending', () => {
  for (const [name, [before, operation]] of Object.entries(OPERATIONS)) {
    const trace = readTrace(name);
    it(`${name}: ${trace.length} requests, in this order, with these headers and bodies`, async () => {
      const scene = await newScene();
      await before(scene);
      scene.cloud.forgetRequests();
      await operation(scene);
      expect(scene.cloud.novaCalls().map(played)).toEqual(trace.map(recorded));
      const ids = scene.cloud.novaCalls().flatMap(({ requestId }) => requestId ?? []);
      expect(new Set(ids).size, 'one global request id goes through all of it').toBe(ids.length === 0 ? 0 : 1);
      // What Nova was said to send is what arrived.
      const arrived = scene.cloud.requests('block-storage').map(({ method, path, status }) => [method, path, status]);
      expect(arrived).toEqual(scene.cloud.novaCalls().map(({ method, path, status }) => [method, path, status]));
    });
  }
});

it('after each operation the volume is in use by one attachment on the right host', async () => {
  const scene = await newScene();
  const { cloud, fakeA, fakeB, serverId, volumeId, asAdmin } = scene;
  const hosts = (): unknown[] => cloud.attachments().map(({ host, status }) => [host, status]);
  await attachOn('fake-a')(scene);
  expect(hosts()).toEqual([['fake-a', 'attached']]);
  await fakeA.liveMigrate(serverId, fakeB, asAdmin);
  expect(hosts()).toEqual([['fake-b', 'attached']]);
  await fakeB.coldMigrate(serverId, fakeA, asAdmin);
  expect(hosts()).toEqual([['fake-a', 'attached']]);
  await fakeA.rebuild(serverId, asAdmin);
  expect(hosts()).toEqual([['fake-a', 'attached']]);
  await fakeA.shelve(serverId, asAdmin);
  expect(hosts()).toEqual([[undefined, 'reserved']]);
  expect(cloud.volume(volumeId)?.status).toBe('reserved');
  await fakeB.unshelve(serverId, asAdmin);
  expect(hosts()).toEqual([['fake-b', 'attached']]);
  await fakeB.die();
  await fakeA.evacuate(serverId, asAdmin);
  expect(hosts()).toEqual([['fake-a', 'attached']]);
  expect(cloud.volume(volumeId)?.status).toBe('in-use');
  await fakeA.deleteServer(serverId, asAdmin);
  expect(hosts()).toEqual([]);
  expect(cloud.volume(volumeId)?.status).toBe('available');
});

async function newScene(): Promise<Scene> {
  const cloud = await temporaryCloud();
  cloud.addFlavor({ name: 'any' });
  const aio = new SimulatedCompute({ cloud, host: 'aio' });
  const fakeDriver = (host: string): SimulatedCompute =>
    new SimulatedCompute({
      cloud,
      host,
      connector: (mountpoint) => ({ ip: '127.0.0.1', initiator: 'fake', host, mountpoint }),
    });
  const server = cloud.addServer({ name: 'vm', flavor: 'any', host: 'aio', project: 'admin' });
  const volume = cloud.addVolume({ sizeGiB: 1, type: 'rbd', project: 'admin' });
  return {
    cloud,
    aio,
    fakeA: fakeDriver('fake-a'),
    fakeB: fakeDriver('fake-b'),
    serverId: server.id,
    volumeId: volume.id,
    asAdmin: { as: cloud.credentials.admin },
  };
}

async function nothing(): Promise<void> {}

function onHost(host: string): Play {
  return async ({ cloud, serverId }) => cloud.state.nova.updateServer(serverId, { host });
}

function attachOn(host: 'aio' | 'fake-a' | 'fake-b'): Play {
  return async (scene) => {
    await onHost(host)(scene);
    const compute = { aio: scene.aio, 'fake-a': scene.fakeA, 'fake-b': scene.fakeB }[host];
    await compute.attachVolume(scene.serverId, scene.volumeId, scene.asAdmin);
  };
}

function played(call: RecordedCall): unknown {
  const { method, microversion, token, serviceToken, body, status } = call;
  return {
    from: call.from === 'nova-api' ? 'nova-api' : call.host,
    method,
    path: template(call.path),
    microversion: microversion ?? null,
    requestId: call.requestId !== undefined,
    token: [token.user, token.project, [...token.roles].sort()],
    serviceToken: [serviceToken.user, serviceToken.project, [...serviceToken.roles].sort()],
    body: shape(body ?? null),
    status,
  };
}

const HOSTS: Readonly<Record<string, string>> = {
  'nova-api': 'nova-api',
  'nova-compute': 'aio',
  'nova-compute-fake-a': 'fake-a',
  'nova-compute-fake-b': 'fake-b',
};

function recorded(call: RecordedRequest): unknown {
  const { method, microversion, token, service_token: serviceToken, body, status } = call;
  return {
    from: HOSTS[call.from],
    method,
    path: template(call.path),
    microversion,
    requestId: call.request_id !== null,
    token: [token.user, token.project, [...token.roles].sort()],
    serviceToken: [serviceToken.user, serviceToken.project, [...serviceToken.roles].sort()],
    body: shape(body),
    status,
  };
}

function template(path: string): string {
  return path.replace(/[0-9a-f]{32}/, 'PROJECT').replace(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'ID');
}

/** Keys and types; null stays null, since a connector of null is what reserves. */
function shape(value: unknown): unknown {
  if (value === null) return null;
  if (!isRecord(value)) return typeof value;
  const record: WireRecord = value;
  return Object.fromEntries(Object.entries(record).map(([key, item]) => [key, shape(item)]));
}
