import { it } from 'vitest';
import { expectCall, type RecordedCall } from '../../../test/recorded-call.ts';

const volumeAttachment = { serverId: 's', volumeId: 'v', device: '/dev/vdb', delete_on_termination: true };

const CALLS: Readonly<Record<string, RecordedCall>> = {
  'volume attachment get': {
    call: ({ compute }) => compute.volumeAttachments.get('s', 'v'),
    request: 'GET compute/servers/s/os-volume_attachments/v',
    microversion: 'compute 2.89',
    answer: { volumeAttachment: { ...volumeAttachment, attachment_id: 'a' } },
    gives: { attachmentId: 'a', deleteOnTermination: true },
  },
  'volume attachment list': {
    call: ({ compute }) => compute.servers.listVolumes('s'),
    request: 'GET compute/servers/s/os-volume_attachments',
    microversion: 'compute 2.89',
    answer: { volumeAttachments: [volumeAttachment] },
    gives: [{ device: '/dev/vdb' }],
  },
  'volume attachment create since 2.79': {
    call: ({ compute }) =>
      compute.volumeAttachments.create('s', { volumeId: 'v', tag: 't', deleteOnTermination: true }, { since: '2.79' }),
    request: 'POST compute/servers/s/os-volume_attachments',
    microversion: 'compute 2.79',
    sends: { volumeAttachment: { volumeId: 'v', tag: 't', delete_on_termination: true } },
    answer: { volumeAttachment },
    gives: { deleteOnTermination: true },
  },
  'volume attachment create': {
    call: ({ compute }) => compute.servers.attachVolume('s', 'v'),
    request: 'POST compute/servers/s/os-volume_attachments',
    microversion: 'compute 2.60',
    sends: { volumeAttachment: { volumeId: 'v' } },
    answer: { volumeAttachment },
    gives: { volumeId: 'v' },
  },
  'volume attachment delete': {
    call: ({ compute }) => compute.servers.detachVolume('s', 'v'),
    request: 'DELETE compute/servers/s/os-volume_attachments/v',
    microversion: 'compute 2.60',
  },
  'volume attachment update': {
    call: ({ compute }) => compute.volumeAttachments.setDeleteOnTermination('s', 'v', false),
    request: 'PUT compute/servers/s/os-volume_attachments/v',
    microversion: 'compute 2.85',
    sends: { volumeAttachment: { volumeId: 'v', delete_on_termination: false } },
  },
};

it.each(Object.entries(CALLS))('%s is the call of the Compute API', (_, call) => expectCall(call));
