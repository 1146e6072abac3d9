import type { Importer } from './contract.ts';
import { FuseImporter } from './fuse/fuse-importer.ts';
import { NbdBlockImporter } from './nbd-block/nbd-block-importer.ts';
import { NvmeTcpImporter } from './nvme-tcp/nvme-tcp-importer.ts';
import { QemuNbdImporter } from './qemu-nbd/qemu-nbd-importer.ts';

/** What configuration says to importers; each takes what concerns it. */
export interface ImporterSettings {
  readonly importsDirectory: string;
  readonly runtimeDirectory: string;
  readonly reconnectDelaySeconds: number;
  readonly allowPrivateMount: boolean;
  readonly qemuUser: string;
}

/** The importers' names, best first: of those that are possible on a host, the first is chosen for each transport. */
export const importerKinds = ['nvme-tcp', 'nbd-block', 'qemu-nbd', 'fuse'] as const;

export type ImporterKind = (typeof importerKinds)[number];

/** The importers by name. A new one is a folder beside, its name above, and a line here. */
const registry: Readonly<Record<ImporterKind, (settings: ImporterSettings) => Importer>> = {
  'nvme-tcp': (settings) => new NvmeTcpImporter(settings),
  'nbd-block': (settings) => new NbdBlockImporter(settings),
  'qemu-nbd': (settings) => new QemuNbdImporter(settings),
  fuse: (settings) => new FuseImporter(settings),
};

/** Those for which nova-compute must be prepared, which nobody can see from here. */
export const onlyByName: readonly ImporterKind[] = ['qemu-nbd'];

/** All importers, best first. */
export function createImporters(settings: ImporterSettings): readonly Importer[] {
  return importerKinds.map((kind) => registry[kind](settings));
}
