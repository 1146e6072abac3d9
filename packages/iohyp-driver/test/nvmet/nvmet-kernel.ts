import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, rmdirSync } from 'node:fs';
import { missing } from '../qsd/installed.ts';

const CONFIGFS = '/sys/kernel/config/nvmet';

/** Why the kernel's NVMe target can't be tried here. */
export function whyNoNvmet(): string | undefined {
  if (!existsSync(`${CONFIGFS}/subsystems`)) {
    return `${CONFIGFS} is not there: this kernel has no NVMe target; the kernel lab's has`;
  }
  if (!existsSync('/dev/nvme-fabrics')) {
    return '/dev/nvme-fabrics is not there: this kernel has no NVMe/TCP client';
  }
  try {
    execFileSync('nvme', ['version'], { stdio: 'pipe' });
  } catch {
    return 'nvme is not there: apt-get install nvme-cli';
  }
  return missing('cryptsetup');
}

/** Whether the kernel can check keys. */
export function hasAuthentication(): boolean {
  const probe = `${CONFIGFS}/hosts/nqn.2026-01.org.iorcl:probe-${process.pid}`;
  mkdirSync(probe);
  try {
    return existsSync(`${probe}/dhchap_key`);
  } finally {
    rmdirSync(probe);
  }
}
