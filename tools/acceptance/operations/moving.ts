import { expect } from 'vitest';
import type { Family, Operation } from '../operation.ts';
import { expectOneImport } from '../scene/one-import.ts';
import { until } from '../scene/poll.ts';
import type { Loaded } from '../scene/residents.ts';
import type { Scene } from '../scene/scene.ts';
import type { HookName } from '../stage/configuration.ts';
import type { Stage } from '../stage/stage.ts';

type Mover = Pick<Loaded, 'serverId' | 'volumeId'>;
type FakeHost = Extract<HookName, `fake-${string}`>;

/**
 * Servers that move between compute hosts. Nova's fake driver runs no guests there, but all else is real: what Nova calls,
 * what Cinder records, what the hooks import, what iorcld grants.
 */
export const moving: Family = {
  title: 'a server that moves',
  operations: [
    moves('B9, H20: live migration', async (scene, { serverId }, to) => {
      const { servers } = scene.stage.admin.compute;
      await scene.changed(serverId, 'live migration', () => servers.liveMigrate(serverId, { host: to }), 'ACTIVE');
    }),
    moves('H19: cold migration, confirmed', async (scene, { serverId }, to) => {
      const { admin, member } = scene.stage;
      const migrate = (): Promise<void> => admin.compute.servers.migrate(serverId, { host: to });
      await scene.changed(serverId, 'cold migration', migrate, 'VERIFY_RESIZE');
      await expectOneImport(scene, to);
      await scene.changed(serverId, 'confirm', () => member.compute.servers.confirmResize(serverId), 'ACTIVE');
    }),
    stays('H19: cold migration, reverted', async (scene, { serverId }, to) => {
      const { admin, member } = scene.stage;
      const migrate = (): Promise<void> => admin.compute.servers.migrate(serverId, { host: to });
      await scene.changed(serverId, 'cold migration', migrate, 'VERIFY_RESIZE');
      await expectOneImport(scene, to);
      await scene.changed(serverId, 'revert', () => member.compute.servers.revertResize(serverId), 'ACTIVE');
    }),
    stays('H19: shelve and unshelve', async (scene, { serverId, volumeId }) => {
      const { servers } = scene.stage.member.compute;
      await scene.changed(serverId, 'shelve', () => servers.shelve(serverId), 'SHELVED_OFFLOADED');
      expect(await scene.stage.iorcldApi.listAttachments({ filter: { volumeId } })).toEqual([]);
      await scene.changed(serverId, 'unshelve', () => servers.unshelve(serverId), 'ACTIVE');
    }),
    moves('B8, H19: evacuation from a host that is dead, and then comes back', evacuation),
    {
      title: 'H19: deleted by nova-api while its compute host is down',
      run: async (scene) => {
        const { serverId, volumeId } = await scene.residents.mover();
        const host = await hostOf(scene, serverId);
        await hostDies(scene, host);
        scene.residents.moverLeaves();
        await scene.timed('delete server', () => scene.deleteServer(serverId));
        await scene.volumeStatus(volumeId, 'available');
        await hostComesBack(scene, host);
      },
    },
  ],
};

function moves(title: string, act: (scene: Scene, mover: Mover, to: FakeHost) => Promise<void>): Operation {
  return { title, run: (scene) => move(scene, act, 'there') };
}

function stays(title: string, act: (scene: Scene, mover: Mover, to: FakeHost) => Promise<void>): Operation {
  return { title, run: (scene) => move(scene, act, 'here') };
}

/** Does it with the mover; it must then be where it should, with its volume connected once, as Cinder says and as it is. */
async function move(
  scene: Scene,
  act: (scene: Scene, mover: Mover, to: FakeHost) => Promise<void>,
  endsUp: 'here' | 'there',
): Promise<void> {
  const mover = await scene.residents.mover();
  const from = await hostOf(scene, mover.serverId);
  const to: FakeHost = from === 'fake-1' ? 'fake-2' : 'fake-1';
  await act(scene, mover, to);
  const host = await hostOf(scene, mover.serverId);
  if (endsUp === 'there') expect(host).toBe(to);
  await scene.connectedOnce(mover.volumeId, mover.serverId);
  await expectOneImport(scene, host);
}

async function evacuation(scene: Scene, { serverId }: Mover, to: FakeHost): Promise<void> {
  const { admin } = scene.stage;
  const from = await hostOf(scene, serverId);
  await hostDies(scene, from);
  const evacuate = (): Promise<void> => admin.compute.servers.evacuate(serverId, { host: to });
  await scene.changed(serverId, 'evacuation', evacuate, 'ACTIVE');
  await hostComesBack(scene, from);
}

/** What runs there for Nova is gone, and Nova knows; what the host has imported is still there, as on one that is only cut off. */
async function hostDies({ stage }: Scene, host: FakeHost): Promise<void> {
  await stage.hooks[host].end('SIGKILL');
  await stage.testbed('down', `nova-compute-${host}`);
  await stage.admin.compute.services.update(await serviceId(stage, host), { forcedDown: true });
}

/** Nova takes a host back only once it has cleaned up after those that left it, which it does at its start. */
async function hostComesBack({ stage }: Scene, host: FakeHost): Promise<void> {
  await stage.hooks[host].start();
  await stage.testbed('restart', `nova-compute-${host}`);
  const id = await serviceId(stage, host);
  const { services } = stage.admin.compute;
  const allow = (): Promise<boolean> =>
    services.update(id, { forcedDown: false }).then(
      ({ forcedDown }) => forcedDown,
      () => true,
    );
  await until(`Nova takes ${host} back`, allow, (forcedDown) => !forcedDown);
}

async function serviceId({ admin }: Stage, host: FakeHost): Promise<string> {
  const [service] = await admin.compute.services.list({ host, binary: 'nova-compute' });
  return service?.id ?? '';
}

async function hostOf(scene: Scene, serverId: string): Promise<FakeHost> {
  const { host } = await scene.stage.admin.compute.servers.get(serverId);
  if (host !== 'fake-1' && host !== 'fake-2')
    throw new Error(`server ${serverId} is on ${host}, not on a fake compute`);
  return host;
}
