import type { ApiClient, Attachment, AttachmentStatus, Grant, QosLimits } from '@iorcl/api';
import { type Column, fields, rows } from '../output.ts';
import { UsageError } from '../usage-error.ts';
import type { Command, CommandOption, GivenOptions } from './command.ts';

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

const grantColumns: readonly Column<Grant>[] = [
  { title: 'Client', cell: (row) => row.client },
  { title: 'Identity', cell: (row) => row.identity },
];

const STATUSES: readonly AttachmentStatus[] = ['attaching', 'attached', 'detaching', 'error'];

/** What people have at hand is often the volume: its id will do where it has one attachment. */
async function idOf(api: ApiClient, given: string): Promise<string> {
  if (!/^[0-9a-f-]{36}$/i.test(given)) return given;
  const [only, ...more] = await api.listAttachments({ filter: { volumeId: given } });
  if (more.length > 0) throw new UsageError(`volume ${given} has several attachments; name one by its own id`);
  return only?.id ?? given;
}

export const attachmentList: Command = {
  words: ['attachment', 'list'],
  parameters: [],
  options: {
    instance: { value: 'ID', help: 'of this instance' },
    volume: { value: 'ID', help: 'of this volume' },
    'compute-host': { value: 'HOST', help: 'for this compute host' },
    network: { value: 'ID', help: 'in this Neutron network' },
    status: { value: 'STATUS', help: `${STATUSES.join(', ')}` },
  },
  summary: "List the attachments of this I/O host's instances.",
  run: async ({ api, options }) => {
    const wanted = options.text('status');
    const status = STATUSES.find((known) => known === wanted);
    if (wanted !== undefined && status === undefined) {
      throw new UsageError(`unknown status: ${wanted}; expected one of ${STATUSES.join(', ')}`);
    }
    const filter = {
      instanceId: options.text('instance'),
      volumeId: options.text('volume'),
      computeHost: options.text('compute-host'),
      networkId: options.text('network'),
      status,
    };
    return { output: rows(listColumns, await api.listAttachments({ filter })) };
  },
};

export const attachmentShow: Command = {
  words: ['attachment', 'show'],
  parameters: ['ATTACHMENT'],
  summary: "Show one attachment, by Cinder's attachment id or by its volume's.",
  run: async ({ api, operands: [given = ''] }) => ({
    output: fields(showColumns, await api.showAttachment(await idOf(api, given))),
  }),
};

export const attachmentDelete: Command = {
  words: ['attachment', 'delete'],
  parameters: ['ATTACHMENT'],
  summary: "End an export that Nova has forgotten. Cinder's attachment stays: detach through Nova where you can.",
  run: async ({ api, operands: [given = ''] }) => {
    await api.deleteAttachment(await idOf(api, given));
    return {};
  },
};

export const attachmentRepair: Command = {
  words: ['attachment', 'repair'],
  parameters: ['ATTACHMENT'],
  summary: 'Verify each step of an attachment, and do again what does not hold.',
  run: async ({ api, operands: [given = ''] }) => ({
    output: fields(showColumns, await api.repairAttachment(await idOf(api, given))),
  }),
};

export const attachmentResize: Command = {
  words: ['attachment', 'resize'],
  parameters: ['ATTACHMENT'],
  options: { size: { value: 'BYTES', help: 'what Cinder has given the volume; default: what it says' } },
  summary: 'Make known to the instance that its volume has grown.',
  run: async ({ api, operands: [given = ''], options }) => {
    const sizeBytes = number(options, 'size');
    const id = await idOf(api, given);
    const { attachment } = await api.resizeAttachment(id, { sizeBytes });
    return { output: fields(showColumns, attachment) };
  },
};

const RATES = {
  'iops-total': 'iopsTotal',
  'iops-read': 'iopsRead',
  'iops-write': 'iopsWrite',
  'bytes-total': 'bytesPerSecondTotal',
  'bytes-read': 'bytesPerSecondRead',
  'bytes-write': 'bytesPerSecondWrite',
} as const;

const rateOptions: Readonly<Record<string, CommandOption>> = Object.fromEntries(
  Object.keys(RATES).map((name) => [
    name,
    { value: 'N', help: name.startsWith('iops') ? 'operations per second' : 'bytes per second' },
  ]),
);

export const attachmentSetQos: Command = {
  words: ['attachment', 'set-qos'],
  parameters: ['ATTACHMENT'],
  options: {
    ...rateOptions,
    reset: { help: 'back to what the volume type says; the flavor’s limits hold in any case' },
  },
  summary: 'Replace all limits of a volume, also while it is in use; without any option, remove them.',
  run: async ({ api, operands: [given = ''], options }) => {
    const limits: QosLimits = Object.fromEntries(
      Object.entries(RATES).flatMap(([name, key]) => {
        const value = number(options, name);
        return value === undefined ? [] : [[key, value]];
      }),
    );
    const reset = options.flag('reset');
    if (reset && Object.keys(limits).length > 0) throw new UsageError('--reset goes with no limit');
    const id = await idOf(api, given);
    return { output: fields(showColumns, await api.setQos(id, reset ? null : limits)) };
  },
};

export const attachmentGrants: Command = {
  words: ['attachment', 'grants'],
  parameters: ['ATTACHMENT'],
  summary: 'List who may use an export. Keys are never shown.',
  run: async ({ api, operands: [given = ''] }) => ({
    output: rows(grantColumns, await api.listGrants(await idOf(api, given))),
  }),
};

function number(options: GivenOptions, name: string): number | undefined {
  const given = options.text(name);
  if (given === undefined) return undefined;
  if (!/^[1-9]\d{0,15}$/.test(given)) throw new UsageError(`--${name} ${given}: expected a whole number above 0`);
  return Number(given);
}
