import { deepStrictEqual, ok, rejects, strictEqual } from 'node:assert/strict';
import type { Behaviour } from './behaviour.ts';

const KIB = 1024;

/** The bytes. */
export const dataBehaviours: readonly Behaviour[] = [
  {
    title: 'what a client writes is on the storage, byte for byte: at the start, in the middle, unaligned, at the end',
    async run(scene) {
      const client = await scene.serve();
      const end = scene.volume.sizeBytes;
      const writes = [
        { offset: 0, length: 4 * KIB, pattern: 0xa1 },
        { offset: 1024 * KIB, length: 128 * KIB, pattern: 0xb2 },
        { offset: 2048 * KIB + 512, length: 1536, pattern: 0xc3 },
        { offset: end - 512, length: 512, pattern: 0xd4 },
      ];
      for (const { offset, length, pattern } of writes) {
        await client.write(offset, length, pattern);
      }
      for (const { offset, length, pattern } of writes) {
        deepStrictEqual(await scene.volume.read(offset, length), Buffer.alloc(length, pattern));
        ok(await client.holds(offset, length, pattern));
      }
      deepStrictEqual(await scene.volume.read(4 * KIB, 4 * KIB), Buffer.alloc(4 * KIB), 'its neighbours are untouched');
    },
  },
  {
    title: 'a client sees the size of the storage',
    async run(scene) {
      const client = await scene.serve();
      strictEqual(await client.sizeBytes(), scene.volume.sizeBytes);
    },
  },
  {
    title: 'several volumes of an instance, written at the same time, each hold their own data',
    async run(scene) {
      const scenes = [scene, await scene.sibling(), await scene.sibling()];
      const clients = await Promise.all(scenes.map((each) => each.serve()));
      await Promise.all(clients.map((client, index) => client.write(index * 4 * KIB, 512 * KIB, 0x40 + index)));
      for (const [index, { volume }] of scenes.entries()) {
        deepStrictEqual(await volume.read(index * 4 * KIB, 512 * KIB), Buffer.alloc(512 * KIB, 0x40 + index));
      }
    },
  },
  {
    title: 'a write over zeros, over data and over a discarded range reads back as written',
    async run(scene) {
      const client = await scene.serve();
      await client.write(0, 64 * KIB, 0x21);
      await client.write(16 * KIB, 16 * KIB, 0);
      await client.discard(32 * KIB, 16 * KIB);
      await client.write(36 * KIB, 4 * KIB, 0x22);
      ok(await client.holds(0, 16 * KIB, 0x21));
      ok(await client.holds(16 * KIB, 20 * KIB, 0));
      ok(await client.holds(36 * KIB, 4 * KIB, 0x22));
      ok(await client.holds(40 * KIB, 8 * KIB, 0));
      ok(await client.holds(48 * KIB, 16 * KIB, 0x21));
    },
  },
  {
    title: 'nothing can be written or read beyond the end',
    async run(scene) {
      const client = await scene.serve();
      const { sizeBytes } = scene.volume;
      await rejects(client.write(sizeBytes, 512, 1));
      await rejects(client.holds(sizeBytes - 512, 1024, 1));
      strictEqual(await client.sizeBytes(), sizeBytes);
    },
  },
  {
    title: 'data that was flushed survives kill -9 of the data plane',
    async run(scene) {
      const client = await scene.serve();
      await client.write(64 * KIB, 64 * KIB, 0x5e);
      await scene.site.killDataPlane(scene.key.instanceId);
      deepStrictEqual(await scene.volume.read(64 * KIB, 64 * KIB), Buffer.alloc(64 * KIB, 0x5e));
    },
  },
  {
    title: 'discarded bytes read as zeros',
    async run(scene) {
      const client = await scene.serve();
      await client.write(0, 256 * KIB, 0x77);
      await client.discard(64 * KIB, 64 * KIB);
      ok(await client.holds(64 * KIB, 64 * KIB, 0));
      ok(await client.holds(128 * KIB, 128 * KIB, 0x77));
    },
  },
  {
    title: 'H17: a volume that was opened read-only is exported read-only, and nothing can be written',
    needs: ({ readOnly }) => readOnly !== false,
    async run(scene) {
      const state = await scene.open({ readOnly: true });
      ok(state.readOnly);
      await rejects(scene.export(false), { code: 'bad_request' });
      await scene.export(true);
      await scene.grant();
      ok(await scene.client().holds(0, 4 * KIB, 0));
      await rejects(scene.client().write(0, 4 * KIB, 0xee));
      deepStrictEqual(await scene.volume.read(0, 4 * KIB), Buffer.alloc(4 * KIB));
    },
  },
  {
    title: 'H17: an attachment that Cinder calls read-only is opened read-only, whatever is asked',
    needs: ({ readOnly }) => readOnly !== false,
    async run(scene) {
      const state = await scene.site.driver.open(scene.withConnectionInfo({ access_mode: 'ro' }));
      ok(state.readOnly);
    },
  },
  {
    title:
      'H17: where nothing can be exported read-only, an attachment that Cinder calls so is refused, and nothing is left',
    needs: ({ readOnly }) => readOnly === false,
    async run(scene) {
      const { driver } = scene.site;
      await rejects(driver.open(scene.withConnectionInfo({ access_mode: 'ro' })), { code: 'not_supported' });
      await rejects(scene.open({ readOnly: true }), { code: 'not_supported' });
      deepStrictEqual(await scene.site.leftovers(), []);
    },
  },
  {
    title: 'a throttled volume is not faster than asked, and all of its data arrives',
    needs: (capabilities) => capabilities.interposers.includes('throttle'),
    async run(scene) {
      await scene.open();
      const { key } = scene;
      await scene.site.driver.interpose({ key, interposers: [{ kind: 'throttle', iopsTotal: 100 }] });
      await scene.export();
      await scene.grant();
      // Drivers may let a tenth of a second's worth pass at once.
      const tookMs = await scene.client().timeWrites(150, 4 * KIB);
      ok(tookMs >= 1200, `150 writes at 100 per second took ${tookMs} ms`);
    },
  },
];
