import type { Host } from '@iorcl/api';
import { type Column, formatRows } from '../format.ts';
import type { Command } from './command.ts';

const columns: readonly Column<Host>[] = [
  { title: 'Binary', cell: (row) => row.binary },
  { title: 'Host', cell: (row) => row.host },
  { title: 'Zone', cell: (row) => row.zone },
  { title: 'Status', cell: (row) => row.status },
  { title: 'State', cell: (row) => row.state },
  { title: 'Attachments', cell: (row) => row.attachments },
  { title: 'Updated At', cell: (row) => row.updatedAt },
];

export const hostList: Command = {
  words: ['host', 'list'],
  parameters: [],
  summary: 'List the I/O hosts.',
  run: async ({ api, format }) => formatRows(format, columns, await api.listHosts()),
};
