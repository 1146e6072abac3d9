import { deepStrictEqual, ok, rejects, strictEqual } from 'node:assert/strict';
import type { Behaviour } from './behaviour.ts';
import { randomSecret, refused } from './scene.ts';

const KIB = 1024;

/** Who may use an export. */
export const accessBehaviours: readonly Behaviour[] = [
  {
    title: 'a client with the wrong key, with an unknown identity, or without any is refused',
    needs: (capabilities) => capabilities.secure,
    async run(scene) {
      const client = await scene.serve();
      const { credentials } = scene;
      await rejects(scene.client({ ...credentials, secretHex: randomSecret() }).sizeBytes());
      await rejects(scene.client({ ...credentials, identity: 'somebody-else' }).sizeBytes());
      await rejects(scene.plainClient().sizeBytes());
      strictEqual(await client.sizeBytes(), scene.volume.sizeBytes, 'while the right one goes on');
    },
  },
  {
    title: 'nobody may connect before the first grant',
    needs: (capabilities) => capabilities.secure,
    async run(scene) {
      await scene.open();
      const exported = await scene.export();
      deepStrictEqual(exported.grants, []);
      await rejects(scene.client().sizeBytes());
    },
  },
  {
    title: 'a grant counts at once while others use the export; a revoke stops new connections, not the running ones',
    needs: (capabilities) => capabilities.secure,
    async run(scene) {
      await scene.serve();
      const { driver } = scene.site;
      const writer = await scene.client().keepWriting();
      const second = { identity: 'second-host', secretHex: randomSecret() };
      const state = await driver.grant({ key: scene.key, ...second });
      deepStrictEqual(state.grants.toSorted(), [scene.credentials.identity, second.identity].toSorted());
      strictEqual(await scene.client(second).sizeBytes(), scene.volume.sizeBytes);

      await driver.revoke(scene.key, scene.credentials.identity);
      await rejects(scene.client().sizeBytes());
      strictEqual(await scene.client(second).sizeBytes(), scene.volume.sizeBytes);
      ok(await writer.goesOn(), 'the running connection goes on');
      await writer.stop();
    },
  },
  {
    title: "an instance's key opens nothing of another instance, nor does its address offer the other's exports",
    needs: (capabilities) => capabilities.secure,
    async run(scene) {
      const client = await scene.serve();
      const other = await scene.otherInstance();
      const otherClient = await other.serve();
      await rejects(scene.client(other.credentials).sizeBytes());
      await rejects(other.client(scene.credentials).sizeBytes());
      const { listener } = scene;
      const { exportName, credentials } = other;
      await rejects(scene.site.client({ listener, exportName, credentials: scene.credentials }).sizeBytes());
      await rejects(scene.site.client({ listener, exportName, credentials }).sizeBytes());
      strictEqual(await client.sizeBytes(), scene.volume.sizeBytes);
      strictEqual(await otherClient.sizeBytes(), other.volume.sizeBytes);
    },
  },
  {
    title: 'B9: two clients may use an export at a time, as in a live migration: each sees what the other wrote',
    async run(scene) {
      const source = await scene.serve();
      const second = { identity: 'destination-host', secretHex: randomSecret() };
      await scene.site.driver.grant({ key: scene.key, ...second });
      const destination = scene.client(second);
      const writer = await source.keepWriting();
      await destination.write(1024 * KIB, 4 * KIB, 0x81);
      ok(await source.holds(1024 * KIB, 4 * KIB, 0x81));
      ok(await writer.goesOn());
      await writer.stop();
    },
  },
  {
    title:
      'B9: hand-over: who has no right any more is cut off and can not write, also beside a sibling; all others go on',
    needs: (capabilities) => capabilities.secure,
    async run(scene) {
      await scene.serve();
      const sibling = await scene.sibling();
      const beside = await (await sibling.serve()).keepWriting({ reconnect: true });
      const leaving = await scene.client().keepWriting();
      const second = { identity: 'destination-host', secretHex: randomSecret() };
      const { driver } = scene.site;
      await driver.grant({ key: scene.key, ...second });
      const staying = await scene.client(second).keepWriting({ reconnect: true });

      await driver.revoke(scene.key, scene.credentials.identity);
      if (driver.cutOff === undefined) {
        await driver.unexport(scene.key);
        await scene.export();
      } else {
        await driver.cutOff(scene.key);
      }
      await leaving.ended;
      ok(!(await leaving.goesOn()));
      await rejects(scene.client().write(0, 4 * KIB, 0x82), 'nor does it come back');
      ok(await staying.goesOn());
      ok(await beside.goesOn());
      await staying.stop();
      await beside.stop();
    },
  },
  {
    title: 'a new key for a granted identity replaces the old one',
    needs: (capabilities) => capabilities.secure,
    async run(scene) {
      const old = await scene.serve();
      const renewed = { ...scene.credentials, secretHex: randomSecret() };
      const state = await scene.site.driver.grant({ key: scene.key, ...renewed });
      deepStrictEqual(state.grants, [renewed.identity]);
      await rejects(old.sizeBytes());
      strictEqual(await scene.client(renewed).sizeBytes(), scene.volume.sizeBytes);
    },
  },
  {
    title: 'one identity for two volumes of an instance is refused: revoking one would revoke both',
    async run(scene) {
      await scene.serve();
      const sibling = await scene.sibling();
      await sibling.open();
      await refused(scene.site.driver.grant({ key: sibling.key, ...scene.credentials }), 'conflict');
    },
  },
  {
    title: 'an ill-formed identity or key is refused, and the message does not hold the key',
    async run(scene) {
      await scene.open();
      const { driver } = scene.site;
      const { key, credentials } = scene;
      await refused(driver.grant({ key, ...credentials, identity: 'a:b\nc' }), 'bad_request', 'identity');
      await rejects(driver.grant({ key, ...credentials, secretHex: 'DEADBEEF' }), (error: Error) => {
        ok(!error.message.includes('DEADBEEF'));
        return error.message.includes('secretHex');
      });
    },
  },
  {
    title: 'unexport with I/O in flight ends, and so do the connections',
    async run(scene) {
      const client = await scene.serve();
      const writer = await client.keepWriting();
      ok(await writer.goesOn());
      await scene.site.driver.unexport(scene.key);
      await writer.ended;
      await rejects(client.sizeBytes());
      await scene.site.driver.close(scene.key);
    },
  },
  {
    title: 'a volume that was unexported can be exported again under another name',
    async run(scene) {
      await scene.serve();
      const { driver } = scene.site;
      await driver.unexport(scene.key);
      const state = await driver.export({ key: scene.key, exportName: 'again', readOnly: false });
      strictEqual(state.exportName, 'again');
      const { listener, credentials } = scene;
      const client = scene.site.client({ listener, exportName: 'again', credentials });
      await client.write(0, 4 * KIB, 1);
    },
  },
];
