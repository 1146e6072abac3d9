import { deepStrictEqual, rejects, strictEqual } from 'node:assert/strict';
import type { OpenRequest } from '../../contract.ts';
import type { Behaviour } from './behaviour.ts';
import { refused, type Scene } from './scene.ts';

/** What must not be done, and leaves nothing. */
export const refusalBehaviours: readonly Behaviour[] = [
  {
    title: 'H5: an unknown volume type is refused by name, with the known ones, before anything changed',
    run: (scene) =>
      refusedWithoutTrace(scene, scene.withConnectionInfo({ driver_volume_type: 'floppy' }), '"floppy"', 'known types'),
  },
  {
    title: 'H5: a connection_info without a type is refused before anything changed',
    run: (scene) => refusedWithoutTrace(scene, scene.request({ connectionInfo: {} }), 'driver_volume_type is missing'),
  },
  {
    title: 'H5: a connection_info that has only its type is refused, naming what is missing',
    async run(scene) {
      const type = scene.volume.connectionInfo['driver_volume_type'];
      await refusedWithoutTrace(scene, scene.request({ connectionInfo: { driver_volume_type: type } }), 'is missing');
    },
  },
  {
    title: 'H18: an encrypted volume is refused, never exported as ciphertext',
    run: (scene) => refusedWithoutTrace(scene, scene.withConnectionInfo({ encrypted: true }), 'encrypted'),
  },
  {
    title: 'storage of another size than expected is refused, and nothing is left; with the expected size it is opened',
    async run(scene) {
      const { sizeBytes } = scene.volume;
      await refused(scene.open({ expected: { sizeBytes: sizeBytes + 512 } }), 'wrong_volume', `${sizeBytes}`);
      deepStrictEqual(await scene.site.leftovers(), []);
      const state = await scene.open({ expected: { sizeBytes } });
      strictEqual(state.sizeBytes, sizeBytes);
      await refused(scene.open({ expected: { sizeBytes: 512 } }), 'wrong_volume');
      strictEqual((await scene.inspected()).length, 1, 'a volume that is open stays open');
    },
  },
  {
    title:
      'storage with another id than expected, or without one, is refused, and nothing is left; with its own it is opened',
    async run(scene) {
      await refused(scene.open({ expected: { id: 'another-volume' } }), 'wrong_volume', 'another-volume');
      deepStrictEqual(await scene.site.leftovers(), []);
      const { id } = scene.volume;
      if (id !== undefined) {
        await scene.open({ expected: { id } });
        await refused(scene.open({ expected: { id: 'another-volume' } }), 'wrong_volume', id);
        strictEqual((await scene.inspected()).length, 1, 'a volume that is open stays open');
      }
    },
  },
  {
    title: 'a refusal says that it changed nothing: what came before may be rolled back at once',
    async run(scene) {
      await rejects(scene.site.driver.open(scene.request({ connectionInfo: {} })), {
        safeToRollBack: true,
        retryable: false,
      });
      await rejects(scene.export(), { code: 'not_open', safeToRollBack: true, retryable: false });
    },
  },
  {
    title: 'ids that could lead out of a directory are refused',
    async run(scene) {
      for (const instanceId of ['', '.', '..', '../x', 'a/b', '-x', 'x'.repeat(200)]) {
        const key = { ...scene.key, instanceId };
        await refused(scene.open({ key }), 'bad_request', 'instanceId');
        await refused(scene.site.driver.close(key), 'bad_request', 'instanceId');
      }
      await refused(scene.open({ key: { ...scene.key, attachmentId: '../x' } }), 'bad_request', 'attachmentId');
      deepStrictEqual(await scene.site.leftovers(), []);
    },
  },
  {
    title: 'H17: storage that is open for one attachment is refused to another, of the same instance or of another one',
    async run(scene) {
      await scene.serve();
      const other = { ...scene.key, attachmentId: 'another' };
      await refused(scene.open({ key: other }), 'conflict', scene.key.attachmentId);
      const key = { instanceId: 'another-instance', attachmentId: 'another' };
      const listener = await scene.site.newListener();
      await refused(scene.open({ key, listener }), 'conflict', scene.key.instanceId);
      strictEqual(await scene.site.driver.inspect('another-instance'), undefined);
      strictEqual((await scene.site.driver.inspect(scene.key.instanceId))?.volumes.length, 1);
    },
  },
  {
    title: 'H17: of two that race for the same storage exactly one gets it',
    async run(scene) {
      const keys = [scene.key, { instanceId: 'another-instance', attachmentId: 'another' }];
      const listeners = [scene.listener, await scene.site.newListener()];
      const settled = await Promise.allSettled(
        keys.map((key, index) => scene.open({ key, listener: listeners[index] ?? scene.listener })),
      );
      deepStrictEqual(settled.map(({ status }) => status).toSorted(), ['fulfilled', 'rejected']);
    },
  },
  {
    title: 'opening an attachment again with other storage, another mode or another listener is a conflict',
    async run(scene) {
      const state = await scene.open();
      const other = await scene.site.newVolume(1024 * 1024);
      await refused(scene.open({ connectionInfo: other.connectionInfo }), 'conflict', 'close it first');
      await refused(scene.open({ readOnly: true }), 'conflict');
      await refused(scene.open({ listener: await scene.site.newListener() }), 'conflict');
      deepStrictEqual(await scene.open(), state, 'and the first stays as it was');
    },
  },
  {
    title: 'interpose, export and grant of a volume that is not open are refused',
    async run(scene) {
      const { driver } = scene.site;
      await refused(driver.interpose({ key: scene.key, interposers: [] }), 'not_open', scene.key.attachmentId);
      await refused(scene.export(), 'not_open');
      await refused(scene.grant(), 'not_open');
      await (await scene.sibling()).open();
      await refused(scene.export(), 'not_open');
      await refused(scene.grant(), 'not_open');
    },
  },
  {
    title: 'H8: a volume that is still exported is not closed',
    async run(scene) {
      const client = await scene.serve();
      await refused(scene.site.driver.close(scene.key), 'conflict', 'unexport');
      strictEqual(await client.sizeBytes(), scene.volume.sizeBytes);
    },
  },
  {
    title: 'an export name that is taken within the instance, too long or empty is refused',
    async run(scene) {
      await scene.serve();
      const { driver } = scene.site;
      const sibling = await scene.sibling();
      await sibling.open();
      const exportAs = (exportName: string): Promise<unknown> =>
        driver.export({ key: sibling.key, exportName, readOnly: false });
      await refused(exportAs(scene.exportName), 'conflict', scene.exportName);
      await refused(exportAs(''), 'bad_request');
      await refused(exportAs('é'.repeat(128)), 'bad_request');
      await exportAs('x'.repeat(255));
    },
  },
];

async function refusedWithoutTrace(scene: Scene, request: OpenRequest, ...words: string[]): Promise<void> {
  await refused(scene.site.driver.open(request), 'bad_connection_info', ...words);
  strictEqual(await scene.site.driver.inspect(scene.key.instanceId), undefined);
  deepStrictEqual(await scene.site.driver.list(), []);
  deepStrictEqual(await scene.site.leftovers(), []);
}
