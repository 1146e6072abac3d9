import type { ExportAccess, NbdAccess } from '@iorcl/api';

/** The access of an answer whose driver speaks NBD. */
export function nbd({ access }: { readonly access: ExportAccess }): NbdAccess {
  if (access.transport !== 'nbd') throw new Error(`the export is by ${access.transport}, expected nbd`);
  return access;
}
