import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

const FETCHED = join(homedir(), '.cache/iorcl/newer-qemu/usr/bin/qemu-storage-daemon');

/** A qemu-storage-daemon of 9.1 or later, which serves volumes in threads of their own. */
export const newerQemu: string | undefined = ['qemu-storage-daemon', FETCHED].find((program) => {
  if (program === FETCHED && !existsSync(FETCHED)) {
    return false;
  }
  const [, major, minor] =
    / version (\d+)\.(\d+)/.exec(execFileSync(program, ['--version'], { encoding: 'utf8' })) ?? [];
  return Number(major) * 100 + Number(minor) >= 901;
});

export const noNewerQemu: string | undefined =
  newerQemu === undefined ? 'no QEMU of 9.1 or later here: tools/newer-qemu/fetch gets one' : undefined;
