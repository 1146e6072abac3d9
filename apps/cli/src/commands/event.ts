import type { ApiEvent } from '@iorcl/api';
import { type Column, line } from '../output.ts';
import type { Command } from './command.ts';

const columns: readonly Column<ApiEvent>[] = [
  { title: 'At', cell: (event) => event.at },
  { title: 'Event', cell: (event) => event.type },
  { title: 'About', cell: about },
  { title: 'ID', cell: (event) => event.id },
];

function about(event: ApiEvent): string {
  if ('attachment' in event) {
    const { id, instanceId, volumeId, fault } = event.attachment;
    return `attachment ${id} instance ${instanceId} volume ${volumeId}${fault === null ? '' : ` ${fault.message}`}`;
  }
  if ('host' in event) return `host ${event.host.host} ${event.host.disabledReason ?? ''}`.trim();
  if ('findings' in event) return event.findings.map(({ id }) => id).join(' ') || 'none';
  return 'events before this one are lost';
}

export const eventFollow: Command = {
  words: ['event', 'follow'],
  parameters: [],
  options: { since: { value: 'ID', help: 'begin after this event; default: with what happens from now on' } },
  summary: 'Print what happens, until interrupted.',
  run: async ({ api, options, print, signal }) => {
    const lastEventId = options.text('since');
    for await (const event of api.events({ signal, ...(lastEventId === undefined ? {} : { lastEventId }) })) {
      print(line(columns, event));
    }
    return {};
  },
};
