import { setTimeout } from 'node:timers/promises';
import type { Host } from '@iorcl/api';
import { type Column, fields, rows } from '../output.ts';
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

const longColumns: readonly Column<Host>[] = [
  ...columns,
  { title: 'Disabled Reason', cell: (row) => row.disabledReason ?? null },
];

const reason = { value: 'TEXT', help: 'shown in the list of hosts' };
const WAIT_MS = 2_000;

export const hostList: Command = {
  words: ['host', 'list'],
  parameters: [],
  options: { long: { help: 'with the reason why a host is disabled' } },
  summary: 'List the I/O hosts.',
  run: async ({ api, options }) => ({
    output: rows(options.flag('long') ? longColumns : columns, await api.listHosts()),
  }),
};

export const hostDisable: Command = {
  words: ['host', 'disable'],
  parameters: ['HOST'],
  options: { reason },
  summary: 'Take no new attachments on a host; those that it has go on.',
  run: async ({ api, operands: [host = ''], options }) => ({
    output: fields(longColumns, await api.updateHost(host, { status: 'disabled', reason: options.text('reason') })),
  }),
};

export const hostEnable: Command = {
  words: ['host', 'enable'],
  parameters: ['HOST'],
  summary: 'Take new attachments on a host again.',
  run: async ({ api, operands: [host = ''] }) => ({
    output: fields(longColumns, await api.updateHost(host, { status: 'enabled' })),
  }),
};

export const hostDrain: Command = {
  words: ['host', 'drain'],
  parameters: ['HOST'],
  options: { reason, wait: { help: 'until nothing is left' } },
  summary: 'Disable a host and show what is still attached to it.',
  run: async ({ api, operands: [host = ''], options, signal }) => {
    for (;;) {
      const { host: now, remaining } = await api.drainHost(host, options.text('reason'));
      if (remaining.length === 0 || !options.flag('wait') || signal.aborted) {
        return { output: fields(longColumns, now), status: remaining.length === 0 ? 0 : 1 };
      }
      await setTimeout(WAIT_MS, undefined, { signal }).catch(() => undefined);
    }
  },
};
