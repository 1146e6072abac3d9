import { createLogger } from '@iorcl/service';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ImporterError } from '../src/importers/contract.ts';
import { Grants } from '../src/imports/grants.ts';
import { ImportKeeper } from '../src/imports/import-keeper.ts';
import { HookBench, type Reserved } from './hook-bench.ts';
import { until } from './wire.ts';

const IO = { 'io:enabled': '1' };
const GIB = 2 ** 30;

let bench: HookBench;
beforeEach(async () => {
  bench = await HookBench.start();
});
afterEach(() => bench[Symbol.asyncDispose]());

/** An io instance's volume, imported. */
async function attached(): Promise<Reserved> {
  const reserved = await bench.reserved(IO);
  expect((await bench.connect(reserved.attachmentId)).status).toBe(200);
  bench.events.log.length = 0;
  bench.cloud.forgetRequests();
  return reserved;
}

const cinderPort = (): number => Number(new URL(bench.cloud.endpoints.blockStorage).port);
const show = ({ volumeId }: Reserved, port?: number) => bench.call('GET', `/volumes/${volumeId}`, undefined, port);
const recordedBytes = ({ attachmentId }: Reserved) => bench.hook.imports.find(attachmentId)?.access.sizeBytes;

/** One look of a keeper, as at the start of a hook. */
async function look(lines: string[] = []): Promise<void> {
  const { hook, ioHost } = bench;
  const keeper = new ImportKeeper({
    ...{ imports: hook.imports, growth: hook.growth, queue: hook.queue, intervalMs: 60_000 },
    grants: new Grants({ ioHost, cloud: hook.cloud, host: 'compute-1' }),
    logger: createLogger({ name: 'keeper', write: (line) => lines.push(line) }),
  });
  await keeper.start();
  await keeper.stop();
}

describe('H19: GET of a volume that is imported here', () => {
  it('and has grown: the export, the record and the disk grow; then it is Cinder’s answer, byte for byte', async () => {
    const reserved = await attached();
    bench.cloud.extendVolume(reserved.volumeId, 2);
    const answer = await show(reserved);
    expect(bench.events.log).toEqual(['io host resizes', 'resize']);
    expect(recordedBytes(reserved)).toBe(2 * GIB);
    const direct = await show(reserved, cinderPort());
    // Links follow the Host header.
    const expected = direct.text.replaceAll(`:${cinderPort()}/`, `:${bench.port}/`);
    expect([answer.status, answer.text]).toEqual([200, expected]);
    expect(answer.rawHeaders.filter((_, index) => index % 2 === 0)).toEqual(
      direct.rawHeaders.filter((_, index) => index % 2 === 0),
    );
    bench.events.log.length = 0;
    await show(reserved);
    expect(bench.events.log).toEqual([]);
  });

  it('and has not: nothing happens, nobody but Cinder is asked', async () => {
    const reserved = await attached();
    expect((await show(reserved)).status).toBe(200);
    expect(bench.events.log).toEqual([]);
    expect(recordedBytes(reserved)).toBe(GIB);
  });

  it('H18: the header of an encrypted volume, which its export lacks, is no growth', async () => {
    const reserved = await bench.reserved(IO);
    const attach = bench.ioHost.createAttachment.bind(bench.ioHost);
    const header = 16 * 2 ** 20;
    bench.ioHost.createAttachment = async (request) => {
      const answer = await attach(request);
      const without = { ...answer, access: { ...answer.access, sizeBytes: GIB - header } };
      bench.ioHost.attached.set(request.attachmentId, without);
      return without;
    };
    await bench.connect(reserved.attachmentId);
    bench.events.log.length = 0;
    await show(reserved);
    expect(bench.events.log).toEqual([]);
    bench.cloud.extendVolume(reserved.volumeId, 3);
    await show(reserved);
    expect(recordedBytes(reserved)).toBe(3 * GIB - header);
  });

  it('asked for several times at once: it grows once, and all wait for it', async () => {
    const reserved = await attached();
    bench.cloud.extendVolume(reserved.volumeId, 2);
    await Promise.all([1, 2, 3].map(() => show(reserved).then(() => expect(recordedBytes(reserved)).toBe(2 * GIB))));
    expect(bench.events.log).toEqual(['io host resizes', 'resize']);
  });

  it('asked for again while its disk waits until QEMU has followed: the disk goes on, as often as it has to', async () => {
    const reserved = await attached();
    bench.cloud.extendVolume(reserved.volumeId, 2);
    bench.importer.unsettled = 'QEMU still uses the old export';
    await show(reserved);
    await show(reserved);
    bench.importer.unsettled = undefined;
    await show(reserved);
    await show(reserved);
    expect(bench.events.log).toEqual(['io host resizes', 'resize', 'resize', 'resize']);
  });

  it('extended again while it grows: grows again', async () => {
    const reserved = await attached();
    const { promise: later, resolve: goOn } = Promise.withResolvers<void>();
    const resize = bench.ioHost.resizeAttachment.bind(bench.ioHost);
    bench.ioHost.resizeAttachment = async (id) => {
      const answer = await resize(id);
      await later;
      return answer;
    };
    bench.cloud.extendVolume(reserved.volumeId, 2);
    const first = show(reserved);
    await until(() => bench.events.log.length === 1, 'the I/O host resizes');
    bench.cloud.extendVolume(reserved.volumeId, 3);
    const second = show(reserved);
    goOn();
    await Promise.all([first, second]);
    expect(recordedBytes(reserved)).toBe(3 * GIB);
  });

  it.each([
    ['io host resizes', new Error('iorcld is away'), GIB],
    ['resize', new ImporterError('cannot_resize', 'its storage daemon still has the old size'), 2 * GIB],
  ])(
    '"%s" fails: it is logged, Cinder’s answer goes through, and no later one waits for it',
    async (what, why, bytes) => {
      const reserved = await attached();
      bench.cloud.extendVolume(reserved.volumeId, 2);
      bench.events.failures.set(what, why);
      expect((await show(reserved)).json).toMatchObject({ volume: { size: 2 } });
      expect(bench.lines.join()).toContain(why.message);
      expect(bench.lines.join()).toContain(reserved.attachmentId);
      expect(recordedBytes(reserved)).toBe(bytes);
      bench.events.log.length = 0;
      expect((await show(reserved)).status).toBe(200);
      expect(bench.events.log).toEqual([]);
    },
  );

  it('an I/O host that hangs keeps nobody waiting longer than the bound', async () => {
    await bench[Symbol.asyncDispose]();
    bench = await HookBench.start(15_000, 50);
    const reserved = await attached();
    bench.cloud.extendVolume(reserved.volumeId, 2);
    bench.ioHost.resizeAttachment = () => new Promise(() => {});
    expect((await show(reserved)).json).toMatchObject({ volume: { size: 2 } });
  });

  it('that whoever asks may not see: nothing happens', async () => {
    const reserved = await attached();
    bench.cloud.extendVolume(reserved.volumeId, 2);
    const answer = await bench.callWith({ 'X-Auth-Token': 'forged' }, 'GET', `/volumes/${reserved.volumeId}`);
    expect(answer.status).toBe(401);
    expect(bench.events.log).toEqual([]);
  });

  it('while Cinder is away: is as without the hook', async () => {
    const reserved = await attached();
    await bench.cloud.outage('block-storage', 'refused');
    expect((await show(reserved)).status).toBe(502);
    await bench.cloud.outage('block-storage', false);
    expect(bench.events.log).toEqual([]);
  });
});

it('GET of a volume that is not imported here is one request to Cinder, and nothing else', async () => {
  const { volumeId } = await bench.reserved(IO);
  bench.cloud.extendVolume(volumeId, 2);
  expect((await bench.call('GET', `/volumes/${volumeId}`)).status).toBe(200);
  expect(bench.cloud.requests('block-storage')).toHaveLength(1);
  expect(bench.events.log).toEqual([]);
});

describe('H19: the keeper', () => {
  it('lets an import follow where the hook was killed after the I/O host had grown', async () => {
    const reserved = await attached();
    bench.cloud.extendVolume(reserved.volumeId, 2);
    await bench.ioHost.resizeAttachment(reserved.attachmentId);
    const lines: string[] = [];
    await look(lines);
    expect(recordedBytes(reserved)).toBe(2 * GIB);
    expect(bench.events.log).toContain('import');
    expect(lines).toEqual([]);
  });

  it('goes on where it failed before, once the I/O host has grown', async () => {
    const reserved = await attached();
    bench.cloud.extendVolume(reserved.volumeId, 2);
    bench.events.failures.set('io host resizes', new Error('iorcld is away'));
    await show(reserved);
    const lines: string[] = [];
    bench.events.failures.clear();
    await look(lines);
    expect(recordedBytes(reserved)).toBe(GIB);
    // iorcld's reconciler has found that Cinder says more.
    await bench.ioHost.resizeAttachment(reserved.attachmentId);
    await look(lines);
    expect(recordedBytes(reserved)).toBe(2 * GIB);
    expect(lines).toEqual([]);
  });

  it('says so once where it can’t, keeps the import as it is, and says when it can', async () => {
    const reserved = await attached();
    bench.cloud.extendVolume(reserved.volumeId, 2);
    await bench.ioHost.resizeAttachment(reserved.attachmentId);
    bench.events.failures.set('io host resizes', new Error('Ceph is away'));
    const lines: string[] = [];
    const { hook, ioHost } = bench;
    const keeper = new ImportKeeper({
      ...{ imports: hook.imports, growth: hook.growth, queue: hook.queue, intervalMs: 10 },
      grants: new Grants({ ioHost, cloud: hook.cloud, host: 'compute-1' }),
      logger: createLogger({ name: 'keeper', write: (line) => lines.push(line) }),
    });
    await keeper.start();
    await until(() => bench.events.log.filter((line) => line === 'io host resizes fails').length > 2, 'tried again');
    expect(lines).toEqual([expect.stringContaining('Ceph is away')]);
    expect(bench.importer.imported.has(reserved.attachmentId)).toBe(true);
    bench.events.failures.clear();
    await until(() => lines.length === 2, 'works again');
    await keeper.stop();
    expect(recordedBytes(reserved)).toBe(2 * GIB);
  });
});
