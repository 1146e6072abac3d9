import { createHash, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { expect } from 'vitest';
import { writeAt } from '../../demo/disk-io.ts';
import { entriesOf } from '../../demo/leftovers.ts';
import { type HookName, importsOf } from '../stage/configuration.ts';
import { md5InCeph } from './rbd-image.ts';
import type { Scene } from './scene.ts';

const MIB = 1024 * 1024;
const AT_MIB = 9;

/** The mover's volume is imported on this compute host and on no other, and what is written there is in Ceph. */
export async function expectOneImport(
  { stage, path }: Scene,
  host: Extract<HookName, `fake-${string}`>,
): Promise<void> {
  if (path === 'stock') return;
  const other = host === 'fake-1' ? 'fake-2' : 'fake-1';
  const [attachment, ...more] = await stage.iorcldApi.listAttachments({ filter: { computeHost: host } });
  expect(more).toEqual([]);
  expect(await stage.iorcldApi.listAttachments({ filter: { computeHost: other } })).toEqual([]);
  expect(entriesOf(importsOf(stage, other))).toEqual([]);
  const disk = join(importsOf(stage, host), attachment?.id ?? '', 'disk');
  const bytes = randomBytes(MIB);
  await writeAt(disk, bytes, AT_MIB * MIB);
  const md5 = createHash('md5').update(bytes).digest('hex');
  expect(await md5InCeph(`volume-${attachment?.volumeId}`, AT_MIB)).toBe(md5);
}
