import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { LocalCommandRunner } from '../../src/index.ts';
import { missing } from '../qsd/installed.ts';
import { QsdSite } from '../qsd/qsd-site.ts';
import { openingOf, useVolume } from './used-volume.ts';

const runner = new LocalCommandRunner();
const reason = missing('qemu-storage-daemon', 'qemu-io', 'qemu-img');
const create = (...args: string[]): Promise<unknown> =>
  runner.run({ program: 'qemu-img', args: ['create', '-q', ...args] });

describe.skipIf(reason)('qcow2 file', () => {
  it('holds a volume of its virtual size when Cinder says that it is one', async () => {
    await using site = await QsdSite.create();
    const path = join(site.directory, 'volume.qcow2');
    await create('-f', 'qcow2', path, '5M');
    const { state, client, end } = await useVolume(site, {
      driver_volume_type: 'gpfs',
      device_path: path,
      format: 'qcow2',
    });
    expect(state.sizeBytes).toBe(5 * 1024 * 1024);
    await client.write(4096, 4096, 0x51);
    expect(await client.holds(4096, 4096, 0x51)).toBe(true);
    await end();
  });

  it('is refused when it names another file: a backing file, whatever its format says, or an external data file', async () => {
    await using site = await QsdSite.create();
    const secret = join(site.directory, 'secret');
    await writeFile(secret, 'x'.repeat(1024 * 1024));
    const inside = join(site.directory, 'base');
    await writeFile(inside, Buffer.alloc(1024 * 1024));
    const path = (name: string): string => join(site.directory, name);
    await create('-f', 'qcow2', '-b', '/etc/passwd', '-F', 'raw', path('outside'), '1M');
    await create('-f', 'qcow2', '-b', inside, '-F', 'raw', path('beside'), '1M');
    await create(
      '-f',
      'qcow2',
      '-u',
      '-b',
      'json:{"driver":"nbd","host":"192.0.2.1"}',
      '-F',
      'raw',
      path('json'),
      '1M',
    );
    await create('-f', 'qcow2', '-o', 'compat=0.10', '-b', secret, '-F', 'raw', path('old'), '1M');
    await create('-f', 'qcow2', '-o', `data_file=${secret},data_file_raw=on`, path('data'), '1M');
    for (const [name, why] of [
      ['outside', 'backing file'],
      ['beside', 'backing file'],
      ['json', 'backing file'],
      ['old', 'backing file'],
      ['data', 'in another file'],
    ] as const) {
      const info = { driver_volume_type: 'gpfs', device_path: path(name), format: 'qcow2' };
      expect(await openingOf(site, info)).toMatchObject({ code: 'unsafe_path', message: expect.stringContaining(why) });
    }
    expect(await openingOf(site, { driver_volume_type: 'gpfs', device_path: secret, format: 'qcow2' })).toMatchObject({
      code: 'bad_connection_info',
      message: expect.stringContaining('no qcow2 header'),
    });
  });
});
