import { deepStrictEqual, notDeepStrictEqual, ok, strictEqual } from 'node:assert/strict';
import type { DriverCapabilities, LuksKey, VolumeState } from '../../contract.ts';
import type { Behaviour } from './behaviour.ts';
import type { ConformanceEncryptedVolume } from './harness.ts';
import { refused, type Scene } from './scene.ts';

const KIB = 1024;

const needs = ({ interposers }: DriverCapabilities): boolean => interposers.includes('luks');

/** Volumes whose storage holds ciphertext. */
export const encryptionBehaviours: readonly Behaviour[] = [
  {
    title: 'H18: an encrypted volume is decrypted here: clients see plaintext, the storage only ciphertext',
    needs,
    async run(scene) {
      const volume = await openEncrypted(scene);
      const state = await decrypt(scene, volume.key);
      deepStrictEqual(state.interposers, ['luks']);
      ok(state.sizeBytes < volume.sizeBytes, 'the header is not part of the content');
      await scene.export();
      await scene.grant();
      const client = scene.client();
      strictEqual(await client.sizeBytes(), state.sizeBytes);
      await client.write(0, 64 * KIB, 0x70);
      ok(await client.holds(0, 64 * KIB, 0x70));
      const stored = Buffer.from(await volume.read(0, volume.sizeBytes));
      ok(!stored.includes(Buffer.alloc(512, 0x70)));
    },
  },
  {
    title: 'H18: an encrypted volume without a stage that decrypts it is not exported',
    needs,
    async run(scene) {
      await openEncrypted(scene);
      await refused(scene.export(), 'conflict', 'luks');
      await scene.site.driver.interpose({ key: scene.key, interposers: [] });
      await refused(scene.export(), 'conflict', 'luks');
    },
  },
  {
    title: 'H18: with the wrong key, or none that can be read, nothing is decrypted and nothing exported',
    needs,
    async run(scene) {
      const volume = await openEncrypted(scene);
      await refused(decrypt(scene, volume.wrongKey), 'backend_failed');
      await refused(decrypt(scene, { file: '/nonexistent/key' }), 'backend_failed', 'key file');
      await refused(decrypt(scene, { file: 'key' }), 'bad_request', 'absolute');
      deepStrictEqual((await scene.inspected())[0]?.interposers, []);
      await refused(scene.export(), 'conflict');
      deepStrictEqual((await decrypt(scene, volume.key)).interposers, ['luks']);
    },
  },
  {
    title: 'H18: a decryption that is announced for a volume that is not encrypted is refused',
    needs,
    run: (scene) => refused(scene.open({ willDecrypt: true }), 'bad_connection_info', 'encrypted'),
  },
  {
    title: 'stages stand in the order they were asked for, decryption always next to the backend',
    needs: (capabilities) => needs(capabilities) && capabilities.interposers.includes('throttle'),
    async run(scene) {
      const { key: luksKey } = await openEncrypted(scene);
      const { driver } = scene.site;
      const { key } = scene;
      const luks = { kind: 'luks', key: luksKey } as const;
      const throttle = { kind: 'throttle', iopsTotal: 500 } as const;
      await refused(driver.interpose({ key, interposers: [throttle, luks] }), 'bad_request', 'first');
      const state = await driver.interpose({ key, interposers: [luks, throttle, { ...throttle, iopsTotal: 600 }] });
      deepStrictEqual(state.interposers, ['luks', 'throttle', 'throttle']);
      deepStrictEqual(state.qos, { iopsTotal: 600 });
      deepStrictEqual(
        await driver.interpose({ key, interposers: [luks, throttle, { ...throttle, iopsTotal: 600 }] }),
        state,
      );
    },
  },
  {
    title: 'H19: an encrypted volume that has grown is offered with as much more, and is decrypted as before',
    needs: (capabilities) => needs(capabilities) && capabilities.resize !== 'none',
    async run(scene) {
      const volume = await openEncrypted(scene);
      const before = await decrypt(scene, volume.key);
      await scene.export();
      await scene.grant();
      await scene.client().write(0, 4 * KIB, 0x72);
      const sizeBytes = volume.sizeBytes + 4 * KIB * KIB;
      ok(volume.grow, 'the site of a driver that resizes must have volumes that can grow');
      await volume.grow(sizeBytes);
      const state = await scene.site.driver.resize({ key: scene.key, sizeBytes });
      strictEqual(state.sizeBytes, before.sizeBytes + 4 * KIB * KIB);
      deepStrictEqual(state.interposers, ['luks']);
      ok(await scene.client().holds(0, 4 * KIB, 0x72));
      strictEqual(await scene.client().sizeBytes(), state.sizeBytes);
    },
  },
  {
    title: 'H22: an encrypted volume is brought back decrypted after kill -9 of the data plane',
    needs: (capabilities) => needs(capabilities) && capabilities.recreates,
    async run(scene) {
      const volume = await openEncrypted(scene);
      await decrypt(scene, volume.key);
      await scene.export();
      await scene.grant();
      await scene.client().write(0, 4 * KIB, 0x71);
      const before = await scene.inspected();
      await scene.site.killDataPlane(scene.key.instanceId);
      await scene.site.driver.adopt({ instanceId: scene.key.instanceId, listener: scene.listener });
      deepStrictEqual(await scene.inspected(), before);
      ok(await scene.client().holds(0, 4 * KIB, 0x71));
      notDeepStrictEqual(await volume.read(0, 4 * KIB), Buffer.alloc(4 * KIB, 0x71));
    },
  },
];

async function openEncrypted(scene: Scene): Promise<ConformanceEncryptedVolume> {
  ok(scene.site.newEncryptedVolume, 'the site of a driver that decrypts must have encrypted volumes');
  const volume = await scene.site.newEncryptedVolume();
  await scene.open({ connectionInfo: volume.connectionInfo, willDecrypt: true });
  return volume;
}

function decrypt(scene: Scene, key: LuksKey): Promise<VolumeState> {
  return scene.site.driver.interpose({ key: scene.key, interposers: [{ kind: 'luks', key }] });
}
