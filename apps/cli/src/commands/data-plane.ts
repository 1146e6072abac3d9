import type { Driver, Network } from '@iorcl/api';
import { type Column, rows } from '../output.ts';
import type { Command } from './command.ts';

const networkColumns: readonly Column<Network>[] = [
  { title: 'ID', cell: (row) => row.networkId },
  { title: 'Type', cell: (row) => row.type },
  { title: 'Physical Network', cell: (row) => row.physicalNetwork },
  { title: 'Segment', cell: (row) => row.segmentationId },
  { title: 'Instances', cell: (row) => row.instances },
  { title: 'Attachments', cell: (row) => row.attachments },
];

const driverColumns: readonly Column<Driver>[] = [
  { title: 'Name', cell: (row) => row.name },
  { title: 'Transport', cell: (row) => row.transport },
  { title: 'Secure', cell: (row) => row.secure },
  { title: 'Backends', cell: (row) => row.backends.join(', ') },
  { title: 'Interposers', cell: (row) => row.interposers.join(', ') },
  { title: 'Resize', cell: (row) => row.resize },
];

export const networkList: Command = {
  words: ['network', 'list'],
  parameters: [],
  summary: 'List the tenant networks into which this host exports.',
  run: async ({ api }) => ({ output: rows(networkColumns, await api.listNetworks()) }),
};

export const driverList: Command = {
  words: ['driver', 'list'],
  parameters: [],
  summary: 'List the I/O hypervisors of this host, and what they can do.',
  run: async ({ api }) => ({ output: rows(driverColumns, await api.listDrivers()) }),
};
