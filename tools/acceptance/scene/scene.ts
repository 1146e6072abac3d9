import { isDeepStrictEqual } from 'node:util';
import { type BlockDevice, NotFoundError, type Server, type Volume } from '@iorcl/openstack-client';
import { expect } from 'vitest';
import type { Path } from '../operation.ts';
import type { Stage } from '../stage/stage.ts';
import { GuestDisk } from './guest-disk.ts';
import { ioHostSeconds } from './io-host-seconds.ts';
import { until } from './poll.ts';
import { watchersOf } from './rbd-image.ts';
import { expectRemains } from './remains-expected.ts';
import type { Residents } from './residents.ts';

/** How long one step took each time, in seconds: all of it, and of that the work of the I/O host. */
export interface StepTime {
  readonly step: string;
  readonly seconds: number;
  readonly ioHostSeconds: number;
}

export interface ServerOptions {
  readonly network?: 'net-a' | 'net-b' | 'net-c';
  /** Instead of a new port on the network. */
  readonly portId?: string;
  /** Default: the image, on a disk of the compute host. */
  readonly root?: BlockDevice;
  readonly volumeIds?: readonly string[];
  readonly blockDevices?: readonly BlockDevice[];
  /** `fake`: where servers can move, and no guests run. Default: where they do. */
  readonly zone?: string;
}

export interface VolumeOptions {
  readonly type?: string;
  readonly imageId?: string;
  readonly snapshotId?: string;
}

/** One operation on one path: what it makes is removed when it has ended. */
export class Scene {
  readonly stage: Stage;
  readonly path: Path;
  readonly residents: Residents;
  readonly steps: StepTime[] = [];
  /** Why the operation can't be shown here. */
  unable: string | undefined;
  readonly #cleanUps: (() => Promise<void>)[] = [];

  constructor(stage: Stage, path: Path, residents: Residents) {
    this.stage = stage;
    this.path = path;
    this.residents = residents;
  }

  /** Runs the operation, removes what it made, and looks at what is left. */
  async play(run: (scene: Scene) => Promise<void>, all: Readonly<Record<Path, Residents>>): Promise<void> {
    try {
      await run(this);
    } catch (cause) {
      // What went wrong first is told, not what can't be removed because of it.
      await this.cleanUp().catch(() => {});
      throw cause;
    }
    await this.cleanUp();
    await expectRemains(this.stage, all);
  }

  /** Removes what was made, last first; also when some of it can't be removed. @throws the first of such errors */
  async cleanUp(): Promise<void> {
    const failures: unknown[] = [];
    for (const cleanUp of this.#cleanUps.splice(0).toReversed()) {
      await cleanUp().catch((cause: unknown) => failures.push(cause));
    }
    if (failures.length > 0) throw failures[0];
  }

  onEnd(cleanUp: () => Promise<void>): void {
    this.#cleanUps.push(cleanUp);
  }

  /** @throws always; the operation counts as skipped */
  cannot(why: string): never {
    this.unable = why;
    throw new Error(why);
  }

  /** Does a step of Nova's and notes how long it took; without a name it doesn't. */
  async timed<T>(step: string | undefined, action: () => Promise<T>): Promise<T> {
    if (step === undefined) return action();
    const before = await ioHostSeconds(this.stage, this.path);
    const began = performance.now();
    const result = await action();
    const seconds = (performance.now() - began) / 1000;
    const after = await ioHostSeconds(this.stage, this.path);
    this.steps.push({ step, seconds, ioHostSeconds: Math.max(0, after - before) });
    return result;
  }

  /** Boots a server of the path's flavor; resolves when it is ACTIVE and, where there is one, its guest has booted. */
  async server(options: ServerOptions = {}, step = 'boot'): Promise<string> {
    const { stage } = this;
    const { network = 'net-a', portId, root, zone } = options;
    const networkId = stage.names.networks[network];
    const id = await this.timed(step, async () => {
      const created = await stage.member.compute.servers.create({
        name: `iorcl-acceptance-${this.path}`,
        flavorId: stage.names.flavors[this.path],
        imageId: root === undefined ? stage.names.image : undefined,
        networks: [portId === undefined ? { networkId } : { portId }],
        volumeIds: options.volumeIds,
        blockDevices: [...(root === undefined ? [] : [root]), ...(options.blockDevices ?? [])],
        availabilityZone: zone,
      });
      this.onEnd(() => this.deleteServer(created.id));
      await this.settled(created.id, 'ACTIVE');
      return created.id;
    });
    if (zone === undefined) await stage.guests.ready(id);
    return id;
  }

  /** Waits until Nova has nothing more to do with the server. */
  settled(id: string, status: string): Promise<Server> {
    return until(
      `server ${id} is ${status}`,
      () => this.stage.admin.compute.servers.get(id),
      (seen) => seen.status === status && seen.taskState === undefined,
      { hopeless: (seen) => seen.status === 'ERROR' && status !== 'ERROR' },
    );
  }

  /** Does something with a server, and waits until Nova says that it is done. */
  changed<T>(id: string, step: string, act: () => Promise<T>, status: string): Promise<T> {
    return this.timed(step, async () => {
      const result = await act();
      await this.settled(id, status);
      return result;
    });
  }

  /** The same with what gives the server a guest that boots anew; resolves when that one answers. */
  async rebooted(id: string, act: () => Promise<unknown>, step: string, status = 'ACTIVE'): Promise<void> {
    await this.changed(id, step, act, status);
    await this.stage.guests.booted(id);
  }

  /** Fine where there is none. */
  async deleteServer(id: string): Promise<void> {
    const { servers } = this.stage.member.compute;
    try {
      await servers.delete(id);
    } catch (cause) {
      if (cause instanceof NotFoundError) return;
      throw cause;
    }
    await servers.waitUntilDeleted(id, { intervalMs: 150, timeoutMs: 90_000 });
  }

  /** An available volume of 1 GiB. */
  async volume(options: VolumeOptions = {}): Promise<string> {
    const { volumes } = this.stage.member.blockStorage;
    const { type = 'rbd', imageId, snapshotId } = options;
    const { id } = await volumes.create({
      ...{ name: `iorcl-acceptance-${this.path}`, sizeGiB: 1, volumeType: type },
      ...{ imageId, snapshotId },
    });
    this.onEnd(() => this.deleteVolume(id));
    await this.volumeStatus(id, 'available');
    return id;
  }

  /** Fine where there is none. */
  async deleteVolume(id: string): Promise<void> {
    const { volumes } = this.stage.member.blockStorage;
    const all = await volumes.list();
    if (!all.some((one) => one.id === id)) return;
    expect(await watchersOf(`volume-${id}`), `who has volume ${id} open`).toEqual([]);
    await volumes.delete(id);
    await volumes.waitUntilDeleted(id, { intervalMs: 150 });
  }

  /** Does what a member may do with a server by an action that the client has no method for. */
  action(serverId: string, body: Readonly<Record<string, unknown>>, microversion = '2.60'): Promise<unknown> {
    const path = ['servers', serverId, 'action'];
    return this.stage.member.compute.request({ method: 'POST', path, body, microversion });
  }

  volumeStatus(id: string, status: string): Promise<Volume> {
    return until(
      `volume ${id} is ${status}`,
      () => this.stage.admin.blockStorage.volumes.get(id),
      (seen) => seen.status === status,
      { hopeless: (seen) => seen.status.startsWith('error') },
    );
  }

  /** `openstack server add volume`; resolves when the guest has it. */
  async attach(serverId: string, volumeId: string, step: string | undefined = 'attach'): Promise<GuestDisk> {
    await this.attachOnly(serverId, volumeId, step);
    return this.disk(serverId, volumeId);
  }

  /** Resolves when Cinder says that it is in use by this server. */
  async attachOnly(serverId: string, volumeId: string, step: string | undefined = 'attach'): Promise<void> {
    await this.timed(step, async () => {
      await this.stage.member.compute.servers.attachVolume(serverId, volumeId);
      this.onEnd(() => this.detachIfAttached(serverId, volumeId));
      await until(
        `volume ${volumeId} is in use by server ${serverId}`,
        () => this.stage.admin.blockStorage.volumes.get(volumeId),
        ({ status, attachments }) => status === 'in-use' && attachments.some((one) => one.serverId === serverId),
        { hopeless: ({ status }) => ['available', 'error'].includes(status) },
      );
    });
  }

  /** `openstack server remove volume`; resolves when Cinder says that it is available. */
  async detach(serverId: string, volumeId: string, step: string | undefined = 'detach'): Promise<void> {
    await this.timed(step, async () => {
      await this.stage.member.compute.servers.detachVolume(serverId, volumeId);
      await until(
        `volume ${volumeId} is no longer attached to server ${serverId}`,
        () => this.stage.admin.blockStorage.volumes.get(volumeId),
        ({ status, attachments }) =>
          status === (attachments.length === 0 ? 'available' : 'in-use') &&
          !attachments.some((one) => one.serverId === serverId),
        { hopeless: ({ status }) => status.startsWith('error') },
      );
    });
  }

  /** What an operation leaves that fails. */
  async detachIfAttached(serverId: string, volumeId: string): Promise<void> {
    const { volumes } = this.stage.admin.blockStorage;
    const { attachments } = await volumes.get(volumeId);
    if (attachments.some((one) => one.serverId === serverId)) await this.detach(serverId, volumeId, undefined);
  }

  /** Waits until Cinder says that the volume is attached to the server once, and connected by the host that should. */
  async connectedOnce(volumeId: string, serverId: string): Promise<void> {
    const { host } = await this.stage.admin.compute.servers.get(serverId);
    const wanted = [{ serverId, hostName: this.path === 'io' ? 'io-1' : host }];
    const look = async (): Promise<unknown> => {
      const { attachments } = await this.stage.admin.blockStorage.volumes.get(volumeId);
      return attachments.map((one) => ({ serverId: one.serverId, hostName: one.hostName }));
    };
    await until(`volume ${volumeId} is attached once`, look, (seen) => isDeepStrictEqual(seen, wanted));
    await this.volumeStatus(volumeId, 'in-use');
  }

  /** The volume as a disk of the guest, once it has it; Cinder has to say that the right host connected it. */
  async disk(serverId: string, volumeId: string): Promise<GuestDisk> {
    const { attachments } = await this.stage.admin.blockStorage.volumes.get(volumeId);
    const { host } = await this.stage.admin.compute.servers.get(serverId);
    const mine = attachments.filter((one) => one.serverId === serverId);
    expect(mine.map(({ hostName }) => hostName)).toEqual([this.path === 'io' ? 'io-1' : host]);
    return GuestDisk.find(this.stage.guests, serverId, volumeId);
  }
}
