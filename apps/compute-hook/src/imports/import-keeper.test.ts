import { randomUUID } from 'node:crypto';
import { createLogger } from '@iorcl/service';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HookBench } from '../../test/hook-bench.ts';
import { importRecord } from '../../test/import-record.ts';
import { Grants } from './grants.ts';
import { ImportKeeper } from './import-keeper.ts';

describe('keeping imports', () => {
  let bench: HookBench;
  let lines: string[];
  const keeper = (intervalMs: number = 10) =>
    new ImportKeeper({
      imports: bench.hook.imports,
      grants: new Grants({ ioHost: bench.ioHost, cloud: bench.hook.cloud, host: 'compute-1' }),
      growth: bench.hook.growth,
      queue: bench.hook.queue,
      logger: createLogger({ name: 'test', write: (line) => lines.push(line) }),
      intervalMs,
    });
  /** The I/O host does not answer that. */
  const silent = (what: string) => bench.events.failures.set(what, new Error('no answer'));
  const until = async (condition: () => boolean) => {
    while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
  };
  beforeEach(async () => {
    bench = await HookBench.start();
    lines = [];
    silent('io host lists');
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

  it('H22: makes what has lost its process again at once, not only at the next look, and says so', async () => {
    const record = importRecord(randomUUID());
    await bench.hook.imports.ensure(record);
    const keeping = keeper(600_000);
    await keeping.start();
    bench.importer.lose(record.attachmentId);
    await until(() => bench.importer.imported.has(record.attachmentId));
    await keeping.stop();
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('its process has ended: it is made again');
  });

  it('what is lost again and again is made again at each look, and no more often', async () => {
    const record = importRecord(randomUUID());
    await bench.hook.imports.ensure(record);
    const keeping = keeper(600_000);
    await keeping.start();
    const made = () => bench.events.log.filter((line) => line === 'import').length;
    const before = made();
    bench.importer.lose(record.attachmentId);
    await until(() => made() > before);
    bench.importer.lose(record.attachmentId);
    await bench.hook.queue.run(record.attachmentId, async () => {});
    expect(made()).toBe(before + 1);
    await keeping.look();
    expect(made()).toBe(before + 2);
    await keeping.stop();
  });

  it('what was detached is not made again because its process has ended', async () => {
    const record = importRecord(randomUUID());
    await bench.hook.imports.ensure(record);
    const keeping = keeper(600_000);
    await keeping.start();
    await bench.hook.queue.run(record.attachmentId, async () => {
      bench.importer.lose(record.attachmentId);
      await bench.hook.imports.remove(record.attachmentId);
    });
    await keeping.stop();
    expect(bench.importer.imported.size).toBe(0);
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
    bench.events.failures.delete('import');
    await until(() => lines.length === 2);
    await keeping.stop();
    expect(lines[0]).toContain('the I/O host is rebooting');
    expect(lines[0]).toContain(record.attachmentId);
    expect(lines[1]).toContain('works again');
  });

  describe('H19 B8: that the I/O host no longer has for this host', () => {
    /** One attachment, imported as any other, and what a host finds that was away for a while. */
    const attached = async (): Promise<string> => {
      const { attachmentId } = await bench.reserved({ 'io:enabled': '1' });
      expect((await bench.connect(attachmentId)).status).toBe(200);
      bench.importer.imported.clear();
      bench.events.log.length = 0;
      bench.events.failures.clear();
      return attachmentId;
    };
    /** What the new host's hook does in an evacuation. */
    const evacuated = async (attachmentId: string): Promise<void> => {
      await bench.ioHost.deleteAttachment(attachmentId);
      const cinder = Number(new URL(bench.cloud.endpoints.blockStorage).port);
      expect((await bench.call('DELETE', `/attachments/${attachmentId}`, undefined, cinder)).status).toBe(200);
      bench.events.log.length = 0;
    };
    const look = async (): Promise<void> => {
      const keeping = keeper();
      await keeping.start();
      await keeping.stop();
    };

    it('after an evacuation: is ended before the hook answers anybody, without being made even once', async () => {
      const attachmentId = await attached();
      await evacuated(attachmentId);
      await look();
      expect(bench.events.log).not.toContain('import');
      expect(bench.events.log).not.toContain('plug');
      expect(bench.records()).toEqual([]);
      expect(bench.plugs.plugged.size).toBe(0);
      expect(lines.join()).toContain('stale import ended');
      expect(lines.join()).toContain(attachmentId);
    });

    it('while the hook runs: is ended at a later look, others are kept', async () => {
      const [gone, other] = [await attached(), await attached()];
      const keeping = keeper();
      await keeping.start();
      await evacuated(gone);
      await until(() => bench.hook.imports.find(gone) === undefined);
      await keeping.stop();
      expect([...bench.importer.imported]).toEqual([other]);
    });

    it('because it is exported for another host now: is ended', async () => {
      const attachmentId = await attached();
      const known = bench.ioHost.attached.get(attachmentId);
      if (known === undefined) throw new Error('not attached');
      const attachment = { ...known.attachment, computeHost: 'compute-9' };
      bench.ioHost.attached.set(attachmentId, { ...known, attachment });
      await look();
      expect(bench.records()).toEqual([]);
      expect(lines.join()).toContain('compute-9');
    });

    it.each(['io host lists', 'io host is asked'])(
      'silence proves nothing: "%s" fails, and it is kept',
      async (what) => {
        const attachmentId = await attached();
        await evacuated(attachmentId);
        silent(what);
        await look();
        expect(bench.records()).toHaveLength(1);
        expect(bench.importer.imported.has(attachmentId)).toBe(true);
      },
    );

    it('an I/O host that has lost its journal takes no disk from a guest: Cinder still has the attachment', async () => {
      const attachmentId = await attached();
      bench.ioHost.attached.clear();
      await look();
      await look();
      expect(bench.importer.imported.has(attachmentId)).toBe(true);
      expect(lines.join()).toContain('the I/O host does not know it');
    });

    it('while Cinder does not answer: is neither made nor ended', async () => {
      const attachmentId = await attached();
      bench.ioHost.attached.clear();
      await bench.cloud.outage('block-storage', true);
      await look();
      await bench.cloud.outage('block-storage', false);
      expect(bench.events.log).toEqual(['io host is asked']);
      expect(bench.hook.imports.find(attachmentId)).toBeDefined();
    });

    it('one that can not be ended is logged once, and tried again', async () => {
      const attachmentId = await attached();
      await evacuated(attachmentId);
      bench.events.failures.set('unimport', new Error('it hangs'));
      const keeping = keeper();
      await keeping.start();
      await until(() => bench.events.log.filter((line) => line === 'unimport fails').length > 2);
      expect(lines).toHaveLength(1);
      bench.events.failures.clear();
      await until(() => bench.hook.imports.find(attachmentId) === undefined);
      await keeping.stop();
    });

    it('an attach that began after the I/O host was asked is not taken for one', async () => {
      const { attachmentId } = await bench.reserved({ 'io:enabled': '1' });
      bench.events.failures.clear();
      await bench.hook.imports.ensure(importRecord(randomUUID()));
      const list = bench.ioHost.listAttachments.bind(bench.ioHost);
      bench.ioHost.listAttachments = async (options) => {
        const answer = await list(options);
        await bench.connect(attachmentId);
        return answer;
      };
      await look();
      expect(bench.importer.imported.has(attachmentId)).toBe(true);
    });
  });
});
