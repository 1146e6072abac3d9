import { randomBytes } from 'node:crypto';
import { readAt, writeAt } from '../disk-io.ts';
import { type Attempt, type NbdTarget, tryToOpen } from '../nbd-client.ts';
import { type AttachedVolume, attachNewVolume, type Scene } from '../scene.ts';
import type { Tenant } from '../stage.ts';
import { PATTERN_AT, type PatternedVolume } from './attach.ts';

/** Answers red's volume, attached. */
export async function isolation(scene: Scene, blue: PatternedVolume): Promise<AttachedVolume> {
  const { stage, narrator } = scene;
  narrator.chapter('Nobody else gets at it');
  const attempt = async (claim: string, expected: Attempt['outcome'], at: NbdTarget, from: Tenant): Promise<void> => {
    const { outcome, words } = await tryToOpen(at, from.guest, 'eth0');
    narrator.claim(claim, { outcome, words }, { outcome: expected, words });
    if (expected !== 'opened') narrator.quote(words.slice(words.indexOf("': ") + 3));
  };
  const target = await targetOf(scene, blue);
  const address = `[${target.address}]:${target.port}`;
  const wrongKey = { ...target, secretHex: randomBytes(32).toString('hex') };
  await attempt(`blue's key opens the export at ${address} on blue's VLAN`, 'opened', target, stage.blue);
  await attempt('a wrong key is refused', 'refused by TLS', wrongKey, stage.blue);
  await attempt("on red's VLAN there is nobody at that address", 'nobody there', target, stage.red);

  const red = await attachNewVolume(scene, stage.red);
  const redTarget = await targetOf(scene, red);
  const redAddress = `[${redTarget.address}]:${redTarget.port}`;
  narrator.claim('red attaches a volume, too, and finds it at the very same address', redAddress, address);
  const blueKeyAtRed = { ...target, exportName: redTarget.exportName };
  await attempt("blue's key does not open it", 'refused by TLS', blueKeyAtRed, stage.red);
  const bytes = Buffer.alloc(blue.pattern.length, 'red ');
  await writeAt(red.disk, bytes, PATTERN_AT);
  narrator.claim("what red writes is in red's volume", bytes.equals(await readAt(red.file, bytes.length, PATTERN_AT)));
  const blueBytes = await readAt(blue.file, blue.pattern.length, PATTERN_AT);
  narrator.claim("and blue's volume is as it was", blue.pattern.equals(blueBytes));
  return red;
}

async function targetOf({ cast }: Scene, volume: AttachedVolume): Promise<NbdTarget> {
  const { tls, ...target } = await cast.accessOf(volume.attachmentId);
  return { ...target, ...tls };
}
