import type { Attachment } from '@iorcl/api';
import { type Column, formatFields, formatRows } from '../format.ts';
import type { Command } from './command.ts';

const network = ({ network: { physicalNetwork, segmentationId, type } }: Attachment): string =>
  `${physicalNetwork ?? '-'}:${type}:${segmentationId ?? '-'}`;

const address = ({ address, port }: Attachment): string | null =>
  address === null || port === null ? null : address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;

const listColumns: readonly Column<Attachment>[] = [
  { title: 'ID', cell: (row) => row.id },
  { title: 'Instance', cell: (row) => row.instanceId },
  { title: 'Volume', cell: (row) => row.volumeId },
  { title: 'Compute Host', cell: (row) => row.computeHost },
  { title: 'I/O Host', cell: (row) => row.ioHost },
  { title: 'Network', cell: network },
  { title: 'Status', cell: (row) => row.status },
];

const showColumns: readonly Column<Attachment>[] = [
  ...listColumns,
  { title: 'Size', cell: (row) => row.sizeBytes },
  { title: 'Read Only', cell: (row) => row.readOnly },
  { title: 'Mode', cell: (row) => row.mode },
  { title: 'Driver', cell: (row) => row.driver },
  { title: 'Address', cell: address },
  { title: 'Fault', cell: (row) => row.fault && `${row.fault.code}: ${row.fault.message}` },
  { title: 'Created At', cell: (row) => row.createdAt },
  { title: 'Updated At', cell: (row) => row.updatedAt },
];

export const attachmentList: Command = {
  words: ['attachment', 'list'],
  parameters: [],
  summary: "List the attachments of this I/O host's instances.",
  run: async ({ api, format }) => formatRows(format, listColumns, await api.listAttachments()),
};

export const attachmentShow: Command = {
  words: ['attachment', 'show'],
  parameters: ['ATTACHMENT'],
  summary: "Show one attachment, by Cinder's attachment id.",
  run: async ({ api, format, operands: [id = ''] }) => formatFields(format, showColumns, await api.showAttachment(id)),
};
