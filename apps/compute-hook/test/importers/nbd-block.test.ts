import { lstatSync } from 'node:fs';
import { markOf } from '../../src/importers/nbd-block/mark.ts';
import { NbdBlockImporter } from '../../src/importers/nbd-block/nbd-block-importer.ts';
import { deviceMarked } from '../../src/importers/nbd-block/nbd-devices.ts';
import { NbdFamily } from '../../src/importers/nbd-block/nbd-family.ts';
import { whyNoKernelNbd } from '../../src/importers/nbd-block/why-no-kernel-nbd.ts';
import { whyNoNbdServer } from '../nbd-server.ts';
import { describeImporterConformance } from './conformance.ts';

describeImporterConformance({
  name: 'nbd-block',
  impossible: whyNoNbdServer() ?? (await whyNoKernelNbd()),
  kind: 'block',
  make: (directories, options) =>
    new NbdBlockImporter({ ...directories, reconnectDelaySeconds: 60, stopTimeoutMs: 2_000, ...options }),
  outlivesItsProcess: true,
  grows: 'in place',
  leftovers: async (attachmentId) => {
    const device = await deviceMarked(markOf(attachmentId));
    const link = lstatSync(`/dev/iorcl/${attachmentId}`, { throwIfNoEntry: false });
    return [...(device === undefined ? [] : [`nbd${device.index}`]), ...(link === undefined ? [] : ['link'])];
  },
  reboot: async (attachmentId) => {
    const device = await deviceMarked(markOf(attachmentId));
    using family = await NbdFamily.open();
    if (device !== undefined) await family?.disconnect(device.index);
  },
});
