import { mkdtempSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { NewAttachment } from './journal.ts';
import { openDatabase } from './open-database.ts';
import { SqliteJournal } from './sqlite-journal.ts';

let directory: string;
let file: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'iorcld-journal-'));
  file = join(directory, 'state', 'journal.sqlite');
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const network = { networkId: 'n', type: 'vlan', physicalNetwork: 'physnet1', segmentationId: 101 } as const;
const intent = (id: string, instanceId = 'i'): NewAttachment => ({
  plan: {
    ...{ attachmentId: id, carrier: id, instanceId, volumeId: `v-${id}`, sizeBytes: 1024 ** 3 },
    ...{ mode: 'host', computeHost: 'compute-1', network },
  },
  ioHost: 'io-1',
  driver: 'qsd',
  grant: { client: 'compute-1', identity: `${id}.x`, secretHex: 'ab'.repeat(32) },
  ports: { first: 10809, last: 10810 },
});

it('holds after closing and opening again what was written', () => {
  const journal = new SqliteJournal(file);
  journal.begin(intent('a'));
  const cinder = {
    connectionInfo: { driver_volume_type: 'rbd', hosts: ['x'] },
    attachment: { id: 'a', attached_at: null },
    accessMode: 'rw',
    qosSpecs: null,
    cacheable: false,
  } as const;
  journal.setStep('a', 'connect', 'doing');
  journal.setStep('a', 'connect', 'done', { cinder });
  journal.setStep('a', 'plug', 'done', { address: 'fe80::1' });
  journal.setStep('a', 'connect', 'doing');
  const written = journal.setStatus('a', { intent: 'attach', status: 'error', fault: { code: 'x', message: 'why' } });
  journal.close();

  const again = new SqliteJournal(file);
  expect(again.attachment('a')).toEqual(written);
  expect(written.facts).toEqual({ cinder, address: 'fe80::1' });
  expect([...written.steps]).toEqual([
    ['connect', 'doing'],
    ['plug', 'done'],
  ]);
  again.close();
});

it('gives one port per instance, and frees it with the instance’s last attachment', () => {
  const journal = new SqliteJournal(file);
  expect([intent('a'), intent('b'), intent('c', 'j')].map((one) => journal.begin(one).port)).toEqual([
    10809, 10809, 10810,
  ]);
  expect(() => journal.begin(intent('d', 'k'))).toThrow(expect.objectContaining({ code: 'no_port' }));
  expect(journal.attachment('d')).toBeUndefined();
  journal.forget('a');
  expect(journal.listener('i')?.port).toBe(10809);
  journal.forget('b');
  expect(journal.listener('i')).toBeUndefined();
  expect(journal.begin(intent('d', 'k')).port).toBe(10809);
  journal.close();
});

it('holds keys, so only its owner may read it', () => {
  const journal = new SqliteJournal(file);
  journal.begin(intent('a'));
  for (const name of [file, `${file}-wal`]) expect(statSync(name).mode & 0o777).toBe(0o600);
  expect(statSync(join(directory, 'state')).mode & 0o777).toBe(0o700);
  journal.close();
});

it('H21: a second iorcld on the same journal is refused', () => {
  const journal = new SqliteJournal(file);
  expect(() => new SqliteJournal(file)).toThrow(
    expect.objectContaining({ code: 'in_use', message: expect.stringContaining('another iorcld') }),
  );
  journal.close();
});

it('writes are on the disk before they return: synchronous=FULL and a write-ahead log', () => {
  const database = openDatabase(file);
  expect(database.prepare('PRAGMA synchronous').get()).toEqual({ synchronous: 2 });
  expect(database.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' });
  database.close();
});

it.each([
  ['is no database', () => writeFileSync(file, 'not a database at all, but long enough to look at'.repeat(100))],
  ['was cut short', () => truncateSync(file, 8192)],
] as const)('a journal that %s is refused with what to do, and left as it is', (_, damage) => {
  const journal = new SqliteJournal(file);
  for (let i = 0; i < 50; i++) journal.begin(intent(`a${i}`));
  journal.close();
  damage();
  const size = statSync(file).size;
  expect(() => new SqliteJournal(file)).toThrow(
    expect.objectContaining({ code: 'damaged', message: expect.stringMatching(/damaged.*backup/) }),
  );
  expect(statSync(file).size).toBe(size);
});

it('a journal of a later version is refused', () => {
  openDatabase(file, ['CREATE TABLE a (x)', 'CREATE TABLE b (x)', 'CREATE TABLE c (x)']).close();
  expect(() => new SqliteJournal(file)).toThrow(expect.objectContaining({ code: 'too_new' }));
});

it('a migration that fails leaves the journal at the version before', () => {
  openDatabase(file, ['CREATE TABLE a (x)']).close();
  expect(() => openDatabase(file, ['CREATE TABLE a (x)', 'CREATE TABLE b (x); nonsense'])).toThrow(
    expect.objectContaining({ code: 'failed' }),
  );
  const database = new DatabaseSync(file);
  expect(database.prepare("SELECT name FROM sqlite_schema WHERE name IN ('a', 'b')").all()).toEqual([{ name: 'a' }]);
  database.close();
});
