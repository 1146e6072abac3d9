import { randomUUID } from 'node:crypto';
import { createLogger } from '@iorcl/service';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HookBench } from '../../test/hook-bench.ts';
import { importRecord } from '../../test/import-record.ts';
import { ImportKeeper } from './import-keeper.ts';

describe('keeping imports', () => {
  let bench: HookBench;
  let lines: string[];
  const keeper = () =>
    new ImportKeeper({
      imports: bench.hook.imports,
      queue: bench.hook.queue,
      logger: createLogger({ name: 'test', write: (line) => lines.push(line) }),
      intervalMs: 10,
    });
  const until = async (condition: () => boolean) => {
    while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
  };
  beforeEach(async () => {
    bench = await HookBench.start();
    lines = [];
  });
  afterEach(() => bench[Symbol.asyncDispose]());

  it('H22: makes what is on record again, before it says that it has started, and again when it is lost', async () => {
    const record = importRecord(randomUUID());
    await bench.hook.imports.ensure(record);
    bench.importer.imported.clear();
    const keeping = keeper();
    await keeping.start();
    expect(bench.importer.imported.has(record.attachmentId)).toBe(true);
    bench.importer.imported.clear();
    await until(() => bench.importer.imported.has(record.attachmentId));
    await keeping.stop();
    expect(lines).toEqual([]);
  });

  it('one that is busy, however long, keeps no other from being made', async () => {
    const [busy, other] = [importRecord(randomUUID()), importRecord(randomUUID())];
    for (const record of [busy, other]) await bench.hook.imports.ensure(record);
    const { promise: later, resolve: goOn } = Promise.withResolvers<void>();
    const keeping = keeper();
    await keeping.start();
    const call = bench.hook.queue.run(busy.attachmentId, () => later);
    for (const _time of ['once', 'again']) {
      bench.importer.imported.delete(other.attachmentId);
      await until(() => bench.importer.imported.has(other.attachmentId));
    }
    goOn();
    await call;
    await keeping.stop();
  });

  it('one that fails keeps no other from being made, is tried again, and is logged once', async () => {
    const record = importRecord(randomUUID());
    await bench.hook.imports.ensure(record);
    bench.events.failures.set('import', new Error('the I/O host is rebooting'));
    const keeping = keeper();
    await keeping.start();
    await until(() => bench.events.log.filter((line) => line === 'import fails').length > 3);
    bench.events.failures.clear();
    await until(() => lines.length === 2);
    await keeping.stop();
    expect(lines[0]).toContain('the I/O host is rebooting');
    expect(lines[0]).toContain(record.attachmentId);
    expect(lines[1]).toContain('works again');
  });
});
