import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const unit = readFileSync(new URL('../../systemd/iorcl-compute-hook.service', import.meta.url), 'utf8');
const setting = (name: string): string => new RegExp(`^${name}=(.*)$`, 'm').exec(unit)?.[1] ?? '';

const noAnalyze = spawnSync('systemd-analyze', ['--version']).status !== 0;

describe("the hook's systemd unit", () => {
  it.skipIf(noAnalyze)(
    `is accepted by systemd-analyze verify${noAnalyze ? ' (skipped: no systemd-analyze)' : ''}`,
    () => {
      const directory = mkdtempSync(join(tmpdir(), 'iorcl-hook-unit-'));
      const file = join(directory, 'iorcl-compute-hook.service');
      // Verify asks that the program is there.
      writeFileSync(file, unit.replace('ExecStart=/usr/bin/iorcl-compute-hook', 'ExecStart=/bin/true'));
      const { stderr, stdout } = spawnSync('systemd-analyze', ['verify', file], { encoding: 'utf8' });
      rmSync(directory, { recursive: true });
      // Other units of the machine may have faults of their own.
      expect(`${stderr}${stdout}`.split('\n').filter((line) => line.includes('iorcl'))).toEqual([]);
    },
  );

  it('H19: starts before nova-compute, and before guests are started again', () => {
    expect(setting('Before').split(' ')).toEqual(
      expect.arrayContaining(['nova-compute.service', 'openstack-nova-compute.service', 'libvirt-guests.service']),
    );
    expect(setting('Type')).toBe('notify');
  });

  it('H22: leaves imports alone, comes back always, and is watched', () => {
    expect(setting('KillMode')).toBe('process');
    expect(setting('Restart')).toBe('always');
    expect(setting('NotifyAccess')).toBe('all');
    expect(Number(setting('WatchdogSec'))).toBeGreaterThan(0);
    expect(setting('RuntimeDirectoryPreserve')).toBe('yes');
  });

  it('sees the mounts that others see, and is seen: disks and named namespaces are mounts', () => {
    expect(unit).not.toMatch(
      /^(Private(Mounts|Tmp|Devices)|Protect(System|Home|KernelTunables|ControlGroups|Clock)|ReadWritePaths)=/m,
    );
  });
});
