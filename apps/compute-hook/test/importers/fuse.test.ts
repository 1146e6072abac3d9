import { existsSync } from 'node:fs';
import { FuseImporter } from '../../src/importers/fuse/fuse-importer.ts';
import { whyNoNbdServer } from '../nbd-server.ts';
import { describeImporterConformance } from './conformance.ts';

describeImporterConformance({
  name: 'fuse',
  impossible: whyNoNbdServer() ?? (existsSync('/dev/fuse') ? undefined : 'needs /dev/fuse'),
  kind: 'file',
  make: (directories, options) =>
    new FuseImporter({
      ...directories,
      allowPrivateMount: true,
      reconnectDelaySeconds: 60,
      stopTimeoutMs: 2_000,
      ...options,
    }),
  outlivesItsProcess: false,
  grows: 'in place',
  leftovers: async () => [],
  reboot: async () => {},
});
