import { describe, expect, it } from 'vitest';
import { mountOf, parseMounts, readMounts } from './mount-table.ts';

const TABLE = `22 27 0:21 / /proc rw,relatime - proc proc rw
27 1 254:0 / / rw,relatime - ext4 /dev/vda rw
42 27 254:0 /a /var/lib/iorcl rw,relatime shared:1 master:2 - ext4 /dev/vda rw
50 42 0:90 / /var/lib/iorcl/with\\040blank/disk rw - fuse /dev/fuse rw
`;

describe('mount table', () => {
  const mounts = parseMounts(TABLE);

  it('knows mount point, file system and sharing of each mount', () => {
    expect(mounts).toHaveLength(4);
    expect(mounts[2]).toEqual({ mountPoint: '/var/lib/iorcl', fileSystem: 'ext4', shared: true });
    expect(mounts[3]).toMatchObject({ mountPoint: '/var/lib/iorcl/with blank/disk', fileSystem: 'fuse' });
  });

  it('finds the mount on which a path lies', () => {
    expect(mountOf('/var/lib/iorcl/imports', mounts)?.shared).toBe(true);
    expect(mountOf('/var/lib/iorcl2', mounts)?.mountPoint).toBe('/');
    expect(mountOf('/procedure', mounts)?.mountPoint).toBe('/');
  });

  it("reads this machine's own", async () => {
    expect(mountOf('/proc/self', await readMounts())?.fileSystem).toBe('proc');
  });
});
