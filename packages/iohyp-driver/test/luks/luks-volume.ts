import { existsSync } from 'node:fs';
import { readdir, writeFile } from 'node:fs/promises';
import { LocalCommandRunner } from '../../src/index.ts';

const commands = new LocalCommandRunner();

/** Why the kernel's decryption can't be tried here; undefined when it can. */
export function whyNoDeviceMapper(): string | undefined {
  if (!existsSync('/dev/mapper/control')) {
    return '/dev/mapper/control is not there: this kernel has no device mapper; the kernel lab has one';
  }
  return undefined;
}

/** LUKS without the seconds of work that it asks of attackers, and with a header that fits small volumes. */
export async function formatLuks(path: string, type: 'luks1' | 'luks2', keyFile: string): Promise<void> {
  const small = type === 'luks2' ? ['--luks2-metadata-size', '16k', '--luks2-keyslots-size', '256k'] : [];
  const quick = ['--batch-mode', '--pbkdf', 'pbkdf2', '--pbkdf-force-iterations', '1000'];
  const args = ['luksFormat', '--type', type, ...quick, ...small, '--key-file', keyFile, '--', path];
  await commands.run({ program: 'cryptsetup', args });
}

export async function writeKey(path: string, key: Buffer): Promise<{ readonly file: string }> {
  await writeFile(path, key);
  return { file: path };
}

/** Mappings that are ours. */
export async function ourMappings(): Promise<readonly string[]> {
  return (await readdir('/dev/mapper').catch(() => [])).filter((name) => name.startsWith('iorcl-'));
}
