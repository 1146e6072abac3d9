import type { Importer } from './contract.ts';
import { FuseImporter } from './fuse/fuse-importer.ts';

/** What configuration says to importers; each takes what concerns it. */
export interface ImporterSettings {
  readonly importsDirectory: string;
  readonly runtimeDirectory: string;
  readonly reconnectDelaySeconds: number;
  readonly allowPrivateMount: boolean;
}

/** The importers' names, best first: of those that are possible on a host, the first is chosen for each transport. */
export const importerKinds = ['fuse'] as const;

export type ImporterKind = (typeof importerKinds)[number];

/** The importers by name. A new one is a folder beside, its name above, and a line here. */
const registry: Readonly<Record<ImporterKind, (settings: ImporterSettings) => Importer>> = {
  fuse: (settings) => new FuseImporter(settings),
};

/** All importers, best first. */
export function createImporters(settings: ImporterSettings): readonly Importer[] {
  return importerKinds.map((kind) => registry[kind](settings));
}
