import type { Importer } from './contract.ts';
import { FuseImporter } from './fuse/fuse-importer.ts';

/** What configuration says to importers; each takes what concerns it. */
export interface ImporterSettings {
  readonly importsDirectory: string;
  readonly runtimeDirectory: string;
  readonly reconnectDelaySeconds: number;
  readonly allowPrivateMount: boolean;
}

/** The importers by name, as `[importer] kind` has it. A new one is a folder beside and a line here. */
export const importers: Readonly<Record<ImporterKind, (settings: ImporterSettings) => Importer>> = {
  fuse: (settings) => new FuseImporter(settings),
};

export type ImporterKind = 'fuse';
