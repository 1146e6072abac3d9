import type { ExportAccess } from '@iorcl/api';
import { ImporterError } from './contract.ts';

/** What an importer that speaks NBD needs of an export. */
export type NbdAccess = Extract<ExportAccess, { readonly transport: 'nbd' }>;

/**
 * The same, of any export.
 *
 * @throws ImporterError `not_possible_here` for an export by anything else
 */
export function nbdAccess(access: ExportAccess, attachmentId: string): NbdAccess {
  if (access.transport === 'nbd') return access;
  const message = `an export by ${access.transport} can't be imported by NBD`;
  throw new ImporterError('not_possible_here', message, { attachmentId });
}
