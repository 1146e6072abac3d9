import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { coreList } from './core-list.ts';
import { localUser } from './local-user.ts';

it('cores are numbers and ranges', () => {
  expect(coreList('')).toEqual([]);
  expect(coreList('8, 2-4,3')).toEqual([2, 3, 4, 8]);
  for (const wrong of ['two', '4-2', '-1', '1-', '99999'])
    expect(() => coreList(wrong)).toThrow(/expected for instance/);
});

it('a user is one of this machine’s, and not root', () => {
  const directory = mkdtempSync(join(tmpdir(), 'iorcl-user-'));
  try {
    const passwd = join(directory, 'passwd');
    writeFileSync(passwd, 'root:x:0:0::/root:/bin/sh\nqsd:x:997:996::/:/usr/sbin/nologin\n');
    expect(localUser('qsd', passwd)).toEqual({ uid: 997, gid: 996 });
    expect(() => localUser('root', passwd)).toThrow(/root is root/);
    expect(() => localUser('nobody-here', passwd)).toThrow(/no user nobody-here/);
  } finally {
    rmSync(directory, { recursive: true });
  }
});
