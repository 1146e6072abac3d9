import { expect } from 'vitest';
import type { Family } from '../operation.ts';
import { diskSerials, serialOf } from '../scene/guest-disk.ts';
import { md5InCeph } from '../scene/rbd-image.ts';

const TIMES = 10;
const AT_ONCE = 5;

export const attaching: Family = {
  title: 'attach and detach',
  operations: [
    {
      title: `B4, H6, H10: attached and detached ${TIMES} times in a row`,
      run: async (scene) => {
        const serverId = await scene.residents.bare();
        const volumeId = await scene.volume();
        let md5 = '';
        for (let time = 1; time <= TIMES; time++) {
          const disk = await scene.attach(serverId, volumeId);
          if (time > 1) expect(await disk.read()).toBe(md5);
          md5 = await disk.write();
          await scene.detach(serverId, volumeId);
          expect(await diskSerials(scene.stage.guests, serverId)).not.toContain(serialOf(volumeId));
        }
        expect(await md5InCeph(`volume-${volumeId}`)).toBe(md5);
      },
    },
    {
      title: `H21: ${AT_ONCE} volumes at once`,
      run: async (scene) => {
        const serverId = await scene.residents.bare();
        const volumes = await Promise.all(Array.from({ length: AT_ONCE }, () => scene.volume()));
        const disks = await scene.timed(`attach ${AT_ONCE}`, () =>
          Promise.all(volumes.map((volumeId) => scene.attach(serverId, volumeId, 'attach, one of several'))),
        );
        const written: string[] = [];
        for (const disk of disks) written.push(await disk.write());
        expect(new Set(written).size).toBe(AT_ONCE);
        const stored = await Promise.all(volumes.map((volumeId) => md5InCeph(`volume-${volumeId}`)));
        expect(stored).toEqual(written);
        await scene.timed(`detach ${AT_ONCE}`, () =>
          Promise.all(volumes.map((volumeId) => scene.detach(serverId, volumeId, 'detach, one of several'))),
        );
      },
    },
  ],
};
