import { type PreparedBackend, type QmpClient, QmpError } from '@iorcl/iohyp-driver';
import * as z from 'zod';
import { nodeName } from './daemon.ts';

const nodes: z.ZodType<
  readonly { readonly 'node-name': string; readonly image: { readonly 'virtual-size': number } }[]
> = z.array(z.object({ 'node-name': z.string(), image: z.object({ 'virtual-size': z.int() }) }));
const exportsSchema: z.ZodType<readonly { readonly id: string }[]> = z.array(z.object({ id: z.string() }));

/** Size of the open volume in bytes; undefined when it isn't open. */
export async function openSize(qmp: QmpClient, attachmentId: string, signal: AbortSignal): Promise<number | undefined> {
  const found = nodes.parse(await qmp.execute('query-named-block-nodes', { flat: true }, { signal }));
  return found.find((node) => node['node-name'] === nodeName(attachmentId))?.image['virtual-size'];
}

export async function isExported(qmp: QmpClient, attachmentId: string, signal: AbortSignal): Promise<boolean> {
  const found = exportsSchema.parse(await qmp.execute('query-block-exports', {}, { signal }));
  return found.some(({ id }) => id === nodeName(attachmentId));
}

export async function addNode(
  qmp: QmpClient,
  attachmentId: string,
  backend: PreparedBackend,
  readOnly: boolean,
  signal: AbortSignal,
): Promise<void> {
  // A `raw` node above the file: formats are never probed.
  const file = { ...backend.blockdev, 'read-only': readOnly, discard: 'unmap' };
  const options = { driver: 'raw', 'node-name': nodeName(attachmentId), 'read-only': readOnly, discard: 'unmap', file };
  await qmp.execute('blockdev-add', options, { signal });
}

export async function removeNode(qmp: QmpClient, attachmentId: string, signal: AbortSignal): Promise<void> {
  try {
    await qmp.execute('blockdev-del', { 'node-name': nodeName(attachmentId) }, { signal });
  } catch (error) {
    if (!(error instanceof QmpError && error.description?.startsWith('Failed to find node') === true)) {
      throw error;
    }
  }
}

/** Ends the export and its connections, and resolves when the daemon says so. */
export async function removeExport(qmp: QmpClient, attachmentId: string, signal: AbortSignal): Promise<void> {
  const id = nodeName(attachmentId);
  if (await isExported(qmp, attachmentId, signal)) {
    const gone = qmp.waitForEvent('BLOCK_EXPORT_DELETED', (data) => data['id'] === id, { signal });
    gone.catch(() => {});
    await qmp.execute('block-export-del', { id, mode: 'hard' }, { signal });
    await gone;
  }
}
