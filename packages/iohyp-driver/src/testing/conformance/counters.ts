import { ok } from 'node:assert/strict';
import type { DriverCapabilities, IoCounters, IoHypervisorDriver } from '../../contract.ts';
import type { Behaviour } from './behaviour.ts';
import type { ConformanceClient, ConformanceVolume } from './harness.ts';
import type { Scene } from './scene.ts';

const KIB = 1024;
const MIB = 1024 * KIB;
/** Clocks may be coarse: a fast request takes no time by them, many do. */
const MOST_ROUNDS = 200;

const counts = (capabilities: DriverCapabilities): boolean => (capabilities.counts?.backends.length ?? 0) > 0;

/** What `stats` tells of volumes whose backend is counted. */
export const counterBehaviours: readonly Behaviour[] = [
  {
    title: 'counters say what clients wrote and read: bytes and operations',
    needs: counts,
    async run(scene) {
      const { client } = await serveCounted(scene);
      await client.write(0, 256 * KIB, 0x51);
      ok(await client.holds(0, 128 * KIB, 0x51));
      const io = await countersOf(scene);
      ok(io.writtenBytes >= 256 * KIB, `${io.writtenBytes} bytes written`);
      ok(io.readBytes >= 128 * KIB, `${io.readBytes} bytes read`);
      const { readOperations = 0, writeOperations = 0, operations } = io;
      ok(operations === undefined ? readOperations >= 1 && writeOperations >= 1 : operations >= 2);
    },
  },
  {
    title: 'counters say how long reads and writes took',
    needs: (capabilities) => counts(capabilities) && capabilities.counts?.latency === true,
    async run(scene) {
      const { client } = await serveCounted(scene);
      const took = async (): Promise<readonly number[]> => {
        const { readSeconds, writeSeconds } = await countersOf(scene);
        ok(readSeconds !== undefined && writeSeconds !== undefined);
        return [readSeconds, writeSeconds];
      };
      for (let round = 0; round < MOST_ROUNDS && (await took()).includes(0); round += 1) {
        await client.timeWrites(128, 4 * KIB);
        await client.holds(0, 2 * MIB, 0);
      }
      const [readSeconds = 0, writeSeconds = 0] = await took();
      ok(readSeconds > 0 && writeSeconds > 0, `reads took ${readSeconds} s, writes ${writeSeconds} s`);
    },
  },
  {
    title: 'counters only grow, also when the control plane starts anew',
    needs: counts,
    async run(scene) {
      const { client } = await serveCounted(scene);
      await client.write(0, 256 * KIB, 0x52);
      const before = await countersOf(scene);
      const restarted = scene.site.anotherDriver();
      const { key, listener } = scene;
      await restarted.adopt({ instanceId: key.instanceId, listener });
      const adopted = await countersOf(scene, restarted);
      noneFell(before, adopted);
      await client.write(0, 256 * KIB, 0x53);
      const after = await countersOf(scene, restarted);
      noneFell(adopted, after);
      ok(after.writtenBytes >= before.writtenBytes + 256 * KIB);
    },
  },
  {
    title: 'volumes of an instance are counted each by itself',
    needs: counts,
    async run(scene) {
      const { client } = await serveCounted(scene);
      const sibling = await scene.sibling();
      await serveCounted(sibling);
      await client.write(0, 512 * KIB, 0x54);
      ok((await countersOf(scene)).writtenBytes >= 512 * KIB);
      ok((await countersOf(sibling)).writtenBytes < 512 * KIB, 'what the other one wrote');
    },
  },
  {
    title: 'counters begin when a volume is opened: what was done to its storage before is not in them',
    needs: counts,
    async run(scene) {
      const { client, volume } = await serveCounted(scene);
      await client.write(0, MIB, 0x55);
      await scene.end();
      const next = await scene.otherInstance();
      const { client: nextClient } = await serveCounted(next, volume);
      ok((await countersOf(next)).writtenBytes < MIB);
      await nextClient.write(0, 64 * KIB, 0x56);
      ok((await countersOf(next)).writtenBytes >= 64 * KIB);
    },
  },
  {
    title: 'a data plane that was killed and made anew counts again',
    needs: (capabilities) => counts(capabilities) && capabilities.recreates,
    async run(scene) {
      const { client } = await serveCounted(scene);
      await client.write(0, 64 * KIB, 0x57);
      await scene.site.killDataPlane(scene.key.instanceId);
      const { key, listener } = scene;
      await scene.site.driver.adopt({ instanceId: key.instanceId, listener });
      const before = await countersOf(scene);
      await client.write(0, 256 * KIB, 0x58);
      ok((await countersOf(scene)).writtenBytes >= before.writtenBytes + 256 * KIB);
    },
  },
];

async function serveCounted(
  scene: Scene,
  given?: ConformanceVolume,
): Promise<{ readonly client: ConformanceClient; readonly volume: ConformanceVolume }> {
  const { site } = scene;
  const volume = given ?? (await (site.newCountedVolume?.(4 * MIB) ?? site.newVolume(4 * MIB)));
  await scene.open({ connectionInfo: volume.connectionInfo });
  await scene.export();
  await scene.grant();
  return { client: scene.client(), volume };
}

async function countersOf({ key, site }: Scene, driver: IoHypervisorDriver = site.driver): Promise<IoCounters> {
  const stats = await driver.stats(key.instanceId);
  const io = stats?.volumes.find(({ attachmentId }) => attachmentId === key.attachmentId)?.io;
  ok(io !== undefined, 'the volume has counters');
  return io;
}

function noneFell(before: IoCounters, after: IoCounters): void {
  const now = new Map<string, number>(Object.entries(after));
  for (const [name, value] of Object.entries(before)) {
    ok((now.get(name) ?? -1) >= value, `${name} was ${value}, and is ${now.get(name)}`);
  }
}
