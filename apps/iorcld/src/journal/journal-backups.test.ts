import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger } from '@iorcl/service';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Harness, type Life } from '../../test/harness.ts';
import { JournalBackups } from './journal-backups.ts';
import { openJournal } from './open-journal.ts';

let directory: string;
let harness: Harness;
let life: Life;
let log: string[];
let backups: JournalBackups;

beforeEach(async () => {
  directory = join(mkdtempSync(join(tmpdir(), 'iorcld-backup-')), 'backups');
  harness = new Harness();
  life = harness.start();
  log = [];
  const logger = createLogger({ name: 'test', write: (line) => log.push(line) });
  backups = new JournalBackups({ journal: life.journal, directory, intervalHours: 24, kept: 2, logger });
});
afterEach(async () => {
  await backups.stop();
  harness.end();
  rmSync(join(directory, '..'), { recursive: true });
});

it('a backup is a journal of its own, that only its owner may read, made while the other is written', async () => {
  const { attachmentId } = harness.reserveOne();
  await life.attachments.create({ attachmentId, computeHost: 'compute-1' });
  const making = backups.make();
  life.journal.setHost({ status: 'disabled', reason: 'meanwhile' });
  const file = await making;
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(statSync(directory).mode & 0o777).toBe(0o700);
  const copy = openJournal(file);
  expect(copy.attachment(attachmentId)).toEqual(life.journal.attachment(attachmentId));
  copy.close();
});

it('so many are kept; a half one of a crash, and what is somebody else’s, is no backup', async () => {
  mkdirSync(directory);
  writeFileSync(join(directory, 'notes.txt'), '');
  for (let i = 0; i < 4; i++) {
    await backups.make();
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  const names = readdirSync(directory);
  expect(names.filter((name) => name.endsWith('.sqlite'))).toHaveLength(2);
  expect(names).toContain('notes.txt');
});

it('the first is made at the start; where there is no room for it, the log says so', async () => {
  writeFileSync(directory, 'in the way');
  backups.start();
  await vi.waitFor(() => expect(log.join('')).toMatch(/the journal is not backed up: .*EEXIST/));
  rmSync(directory);
  backups.start();
  await vi.waitFor(() => expect(readdirSync(directory)).toHaveLength(1));
});
