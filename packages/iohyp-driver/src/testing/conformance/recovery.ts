import { deepStrictEqual, ok, rejects, strictEqual } from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import type { AdoptRequest, DriverCapabilities } from '../../contract.ts';
import type { Behaviour } from './behaviour.ts';
import { refused, type Scene } from './scene.ts';

const KIB = 1024;
/** Far more than a driver needs; a busy machine may need it. */
const NOTICED_WITHIN_MS = 10_000;

const recreates = (capabilities: DriverCapabilities): boolean => capabilities.recreates;

/** What remains of a data plane or a control plane that was killed, and what is made of it. */
export const recoveryBehaviours: readonly Behaviour[] = [
  {
    title: 'H22: adopt takes over what runs, and changes nothing',
    async run(scene) {
      const client = await scene.serve();
      const writer = await client.keepWriting();
      const before = await scene.site.driver.inspect(scene.key.instanceId);
      deepStrictEqual(await scene.site.anotherDriver().adopt(adoption(scene)), before);
      ok(await writer.goesOn());
      await writer.stop();
    },
  },
  {
    title: 'adopt of an instance of which there is nothing answers undefined and makes nothing',
    async run(scene) {
      strictEqual(await scene.site.driver.adopt(adoption(scene)), undefined);
      deepStrictEqual(await scene.site.leftovers(), []);
    },
  },
  {
    title: 'H22: after kill -9 adopt makes all of it anew: volumes, stages, exports, keys, address',
    needs: recreates,
    async run(scene) {
      const client = await scene.serve();
      await client.write(0, 4 * KIB, 0x34);
      const sibling = await scene.sibling();
      await sibling.open({ readOnly: true });
      await sibling.export(true);
      await sibling.grant();
      const before = await scene.site.driver.inspect(scene.key.instanceId);
      await scene.site.killDataPlane(scene.key.instanceId);
      const after = await scene.site.anotherDriver().adopt(adoption(scene));
      deepStrictEqual({ ...after, pid: 0 }, { ...before, pid: 0 });
      ok(await client.holds(0, 4 * KIB, 0x34));
      await rejects(sibling.client().write(0, 4 * KIB, 0x35), 'read-only before, read-only now');
      await client.write(0, 4 * KIB, 0x36);
    },
  },
  {
    title: 'H22: a client that reconnects sees no error when the data plane is killed and adopted',
    needs: recreates,
    async run(scene) {
      const client = await scene.serve();
      const writer = await client.keepWriting({ reconnect: true });
      for (let round = 0; round < 3; round += 1) {
        await scene.site.killDataPlane(scene.key.instanceId);
        await scene.site.driver.adopt(adoption(scene));
        ok(await writer.goesOn());
      }
      await writer.stop();
    },
  },
  {
    title: 'a killed data plane is made anew only at its own address',
    needs: recreates,
    async run(scene) {
      await scene.serve();
      await scene.site.killDataPlane(scene.key.instanceId);
      const listener = await scene.site.newListener();
      await refused(scene.site.driver.adopt({ ...adoption(scene), listener }), 'conflict', `${scene.listener.port}`);
      strictEqual(await scene.site.driver.inspect(scene.key.instanceId), undefined);
      ok(await scene.site.driver.adopt(adoption(scene)));
    },
  },
  {
    title: 'what was revoked, unexported or closed before the crash stays so after adopt',
    needs: recreates,
    async run(scene) {
      const { driver } = scene.site;
      const client = await scene.serve();
      const sibling = await scene.sibling();
      await sibling.serve();
      const third = await scene.sibling();
      await third.open();
      await third.site.driver.close(third.key);
      await driver.revoke(scene.key, scene.credentials.identity);
      await driver.unexport(sibling.key);
      await scene.site.killDataPlane(scene.key.instanceId);
      await driver.adopt(adoption(scene));
      const states = new Map((await scene.inspected()).map((state) => [state.attachmentId, state]));
      strictEqual(states.size, 2);
      deepStrictEqual(states.get(scene.key.attachmentId)?.grants, []);
      strictEqual(states.get(sibling.key.attachmentId)?.exportName, undefined);
      await rejects(client.sizeBytes());
    },
  },
  {
    title: 'watch tells of a killed data plane at once, and adopt brings it back',
    needs: recreates,
    async run(scene) {
      await scene.serve();
      const lost = Promise.withResolvers<string>();
      const stop = scene.site.driver.watch(lost.resolve);
      // The watch is told of the instance by this, whenever it began.
      await scene.site.driver.adopt(adoption(scene));
      await scene.site.killDataPlane(scene.key.instanceId);
      const noticed = await Promise.race([lost.promise, delay(NOTICED_WITHIN_MS, 'nothing', { ref: false })]);
      stop();
      strictEqual(noticed, scene.key.instanceId);
      ok(await scene.site.driver.adopt(adoption(scene)));
    },
  },
  {
    title: 'watch does not tell of what was closed, and nothing after it was stopped',
    async run(scene) {
      const told: string[] = [];
      const stop = scene.site.driver.watch((instanceId) => told.push(instanceId));
      await scene.serve();
      await scene.end();
      await scene.open();
      stop();
      await scene.site.killDataPlane(scene.key.instanceId);
      await scene.site.driver.inspect(scene.key.instanceId);
      deepStrictEqual(told, []);
    },
  },
  {
    title: 'counters are there while something runs, and nothing is when nothing does',
    async run(scene) {
      const { driver } = scene.site;
      strictEqual(await driver.stats(scene.key.instanceId), undefined);
      const client = await scene.serve();
      await client.write(0, 64 * KIB, 1);
      const stats = await driver.stats(scene.key.instanceId);
      deepStrictEqual(
        stats?.volumes.map(({ attachmentId }) => attachmentId),
        [scene.key.attachmentId],
      );
      const [volume] = stats?.volumes ?? [];
      const [state] = await scene.inspected();
      const counted = driver.capabilities.counts?.backends.includes(state?.backend ?? '') === true;
      strictEqual(
        volume?.io !== undefined,
        counted,
        `volumes of backend ${state?.backend} are counted, or not, as said`,
      );
      ok(volume?.io === undefined || volume.io.writtenBytes >= 64 * KIB);
      ok(stats?.residentBytes === undefined || stats.residentBytes > 0);
      ok(stats?.cpuSeconds === undefined || stats.cpuSeconds >= 0);
    },
  },
];

function adoption(scene: Scene): AdoptRequest {
  return { instanceId: scene.key.instanceId, listener: scene.listener };
}
