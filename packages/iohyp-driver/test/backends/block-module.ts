import { existsSync } from 'node:fs';

const DIRECTORIES = ['/usr/lib/x86_64-linux-gnu/qemu', '/usr/lib/aarch64-linux-gnu/qemu'];

/** Why QEMU can't open this kind of storage here; undefined when it can. */
export function blockModule(name: string): string | undefined {
  const found = DIRECTORIES.some((directory) => existsSync(`${directory}/block-${name}.so`));
  return found ? undefined : `not installed: qemu-block-extra (block-${name}.so)`;
}
