import { describe, expect, it } from 'vitest';
import { daemonArguments, instanceOfArguments } from './daemon-arguments.ts';
import { blockNames } from './identifiers.ts';
import { InstanceDirectory } from './instance-directory.ts';

describe('command line of a daemon', () => {
  it('carries our mark, by which its instance is known', () => {
    const args = daemonArguments(new InstanceDirectory('/run/iorcl/qsd', 'instance-1'), 'psk');
    expect(instanceOfArguments(args, '/run/iorcl/qsd')).toBe('instance-1');
    expect(instanceOfArguments(args, '/run/iorcl')).toBeUndefined();
    expect(instanceOfArguments(args, '/run/other')).toBeUndefined();
  });

  it.each([
    [['qemu-storage-daemon', '--pidfile']],
    [['qemu-storage-daemon', '--pidfile', '/run/iorcl/qsd/daemon.pid']],
    [['qemu-storage-daemon', '--pidfile', '/run/iorcl/qsd/../daemon.pid']],
    [['qemu-storage-daemon', '--pidfile', '/run/iorcl/qsd/a/b/daemon.pid']],
    [['vi', '/run/iorcl/qsd/instance-1/daemon.pid']],
    [[]],
  ])('of others is not taken for ours: %j', (args) => {
    expect(instanceOfArguments(args, '/run/iorcl/qsd')).toBeUndefined();
  });

  it('keeps commas of a path from becoming options', () => {
    const args = daemonArguments(new InstanceDirectory('/run/a,path=b', 'i'), 'psk');
    expect(args).toContain('socket,id=qmp,path=/run/a,,path=b/i/qmp.sock,server=on,wait=off');
  });
});

describe('names inside the daemon', () => {
  it('are valid for QEMU, at most 31 characters, and different for different attachments', () => {
    const all = ['6f0f7c26-8e3b-4c1f-9d0e-0123456789ab', '6f0f7c26-8e3b-4c1f-9d0e-0123456789ac'].flatMap((id) => {
      const names = blockNames(id);
      return [names.storage, names.raw, names.export, names.stage(0), `${names.stage(99)}-group`];
    });
    expect(new Set(all).size).toBe(all.length);
    for (const name of all) {
      expect(name).toMatch(/^[a-z][a-z0-9-]{0,30}$/);
    }
  });
});
