import { randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { importRecord } from '../../test/import-record.ts';
import { RecordStore } from './record-store.ts';

describe('import records', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'iorcl-records-'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  it('H22: are found again by another hook, and gone when removed', async () => {
    const store = RecordStore.open(directory);
    const record = importRecord(randomUUID());
    await store.write(record);
    expect(RecordStore.open(directory).all()).toEqual([record]);
    await store.remove(record.attachmentId);
    expect(store.get(record.attachmentId)).toBeUndefined();
    expect(RecordStore.open(directory).all()).toEqual([]);
    expect(readdirSync(directory)).toEqual([]);
    await store.remove(record.attachmentId);
  });

  it('hold a key, so only their owner may read them', async () => {
    const nested = join(directory, 'imports');
    const record = importRecord(randomUUID());
    await RecordStore.open(nested).write(record);
    expect(statSync(nested).mode & 0o777).toBe(0o700);
    expect(statSync(join(nested, `${record.attachmentId}.json`)).mode & 0o777).toBe(0o600);
  });

  it('that are damaged are named and left alone, and do not keep the others from being used', async () => {
    const record = importRecord(randomUUID());
    await RecordStore.open(directory).write(record);
    writeFileSync(join(directory, 'a.json'), '{"version": 1');
    writeFileSync(join(directory, 'b.json'), '{"version": 2}');
    const store = RecordStore.open(directory);
    expect(store.all()).toEqual([record]);
    expect(store.problems).toHaveLength(2);
    expect(store.problems.join()).toContain(join(directory, 'a.json'));
  });

  it('H22: of which a killed hook left a part are gone when the next one starts', () => {
    writeFileSync(join(directory, 'c.json.new'), '{"grant": {"secretHex": "');
    expect(RecordStore.open(directory)).toMatchObject({ problems: [] });
    expect(readdirSync(directory)).toEqual([]);
  });
});
