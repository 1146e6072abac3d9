import { readFileSync, rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Harness } from '../../test/harness.ts';
import { migrations } from './migrations.ts';
import { openDatabase } from './open-database.ts';
import { SqliteJournal } from './sqlite-journal.ts';

const ATTACHED = '3f8e1f8e-6b1c-4b8e-9d5a-0c1d2e3f4a5b';
const LEAVING = '7c2d4b1a-1111-4222-8333-444455556666';
const INSTANCE = 'a1b2c3d4-0000-4000-8000-000000000001';
const VOLUME = 'c0ffee00-0000-4000-8000-000000000001';

let harness: Harness;
beforeEach(() => {
  harness = new Harness();
  const old = new DatabaseSync(harness.journalFile);
  old.exec(readFileSync(new URL('../../test/fixtures/journal-v1.sql', import.meta.url), 'utf8'));
  old.close();
});
afterEach(() => harness.end());

const schemaOf = (database: DatabaseSync): unknown => {
  const rows = database.prepare('SELECT type, name, sql FROM sqlite_schema ORDER BY type, name').all();
  database.close();
  return rows;
};

it('H22: a journal of the first version is brought to this one’s with everything in it', () => {
  const journal = new SqliteJournal(harness.journalFile);
  const [attached, leaving, ...others] = journal.attachments();
  expect(others).toEqual([]);
  expect(attached).toMatchObject({
    ...{ intent: 'attach', status: 'attached', port: 10809, orphaned: false, qos: undefined },
    plan: { attachmentId: ATTACHED, instanceId: INSTANCE, volumeId: VOLUME, carrier: ATTACHED, sizeBytes: 1024 ** 3 },
    facts: { address: 'fe80::1', cinder: { accessMode: 'rw', connectionInfo: { driver_volume_type: 'fake' } } },
    grant: { client: 'compute-1', identity: `${ATTACHED}.0123456789abcdef`, secretHex: '5a'.repeat(32) },
  });
  expect(leaving).toMatchObject({ intent: 'detach', status: 'detaching', plan: { carrier: LEAVING } });
  expect(leaving?.steps.get('open')).toBe('undoing');
  expect([journal.lost(), journal.host().status]).toEqual([undefined, 'enabled']);

  // By carrier, which the plans of then don't name.
  expect(journal.setSize(ATTACHED, 2 * 1024 ** 3).plan.sizeBytes).toBe(2 * 1024 ** 3);
  expect(journal.setQos(ATTACHED, { iopsTotal: 7 }).qos).toEqual({ iopsTotal: 7 });
  expect(journal.attachment(LEAVING)).toEqual(leaving);
  expect(journal.setOrphaned(LEAVING).orphaned).toBe(true);
  journal.close();
});

it('its schema is then that of a new one: what journals in the field have run was not changed', () => {
  const fresh = `${harness.journalFile}.fresh`;
  const [migrated, made] = [schemaOf(openDatabase(harness.journalFile)), schemaOf(openDatabase(fresh))];
  rmSync(fresh);
  expect(migrated).toEqual(made);
  const database = new DatabaseSync(harness.journalFile);
  expect(database.prepare('SELECT max(version) AS version FROM migrations').get()).toEqual({
    version: migrations.length,
  });
  database.close();
});

it('H22: an iorcld of now starts on it: what was attached is, with its address, port and key; what was leaving is gone', async () => {
  const network = harness.addNetwork('blue', { segmentationId: 101 });
  const instance = harness.addInstance([network]);
  harness.uuid = () => ATTACHED;
  const volume = await harness.cloud.volume(harness.addVolume());
  harness.cloud.volumes.set(VOLUME, { ...volume, id: VOLUME });
  harness.reserve(INSTANCE, VOLUME);
  harness.cloud.instances.set(INSTANCE, { ...(await harness.cloud.instance(instance)), id: INSTANCE });

  const { attachments } = harness.start();
  await attachments.adoptAll();
  expect(attachments.list()).toMatchObject([{ id: ATTACHED, status: 'attached', fault: null }]);
  const { access } = await attachments.create({ attachmentId: ATTACHED, computeHost: 'compute-1' });
  expect(access).toMatchObject({ address: 'fe80::1', port: 10809, exportName: ATTACHED });
  expect(harness.driver.secrets).toEqual(new Map([[`${ATTACHED}.0123456789abcdef`, '5a'.repeat(32)]]));
});
