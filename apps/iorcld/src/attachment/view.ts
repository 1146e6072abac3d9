import type { Attachment, CreateAttachmentResponse } from '@iorcl/api';
import { exportName, isReadOnly } from './data-plane.ts';
import { AttachmentError } from './error.ts';
import type { AttachmentRecord } from './record.ts';

/** What the API shows of an attachment: no secrets. */
export function attachmentView(record: AttachmentRecord): Attachment {
  const { plan } = record;
  const exported = record.steps.get('export') === 'done';
  return {
    id: plan.attachmentId,
    instanceId: plan.instanceId,
    volumeId: plan.volumeId,
    sizeBytes: plan.sizeBytes,
    readOnly: isReadOnly(record),
    mode: plan.mode,
    driver: record.driver,
    ioHost: record.ioHost,
    computeHost: plan.computeHost,
    status: record.status,
    network: plan.network,
    address: exported ? (record.facts.address ?? null) : null,
    port: exported ? record.port : null,
    fault: record.fault,
    createdAt: record.createdAt,
    updatedAt: record.updatedAt,
  };
}

/** What the compute host that asked is told: how to reach the export, and Cinder's answer without storage credentials. */
export function createResponse(record: AttachmentRecord): CreateAttachmentResponse {
  const { plan, facts, port, grant } = record;
  if (facts.cinder === undefined || facts.address === undefined) {
    throw new AttachmentError(
      'internal',
      plan.attachmentId,
      `The journal of attachment ${plan.attachmentId} is incomplete.`,
    );
  }
  const { attachment, accessMode, qosSpecs, cacheable } = facts.cinder;
  return {
    attachment: attachmentView(record),
    access: {
      transport: 'nbd',
      address: facts.address,
      port,
      exportName: exportName(record),
      sizeBytes: plan.encryptionKeyId === undefined ? plan.sizeBytes : (facts.exportedBytes ?? plan.sizeBytes),
      readOnly: isReadOnly(record),
      tls: { kind: 'psk', identity: grant.identity, secretHex: grant.secretHex },
    },
    cinder: { attachment, accessMode, qosSpecs, cacheable },
  };
}
