import type { Attachment, CreateAttachmentResponse, ExportAccess } from '@iorcl/api';
import { dhChapSecret } from '@iorcl/iohyp-driver';
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

/** What clients see: of an encrypted volume, without its header. */
export function exportedBytes({ plan, facts }: AttachmentRecord): number {
  return plan.encryptionKeyId === undefined ? plan.sizeBytes : (facts.exportedBytes ?? plan.sizeBytes);
}

/** What the compute host that asked is told: how to reach the export, and Cinder's answer without storage credentials. */
export function createResponse(record: AttachmentRecord): CreateAttachmentResponse {
  const { plan, facts } = record;
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
    access: exportAccess(record, facts.linkLocal ?? facts.address),
    cinder: { attachment, accessMode, qosSpecs, cacheable },
  };
}

function exportAccess(record: AttachmentRecord, address: string): ExportAccess {
  const { facts, port, grant } = record;
  const reached = { address, port, sizeBytes: exportedBytes(record), readOnly: isReadOnly(record) };
  if (facts.nvme !== undefined) {
    return { transport: 'nvme-tcp', ...reached, ...facts.nvme, dhChapSecret: dhChapSecret(grant.secretHex) };
  }
  const tls = { kind: 'psk', identity: grant.identity, secretHex: grant.secretHex } as const;
  return { transport: 'nbd', ...reached, exportName: exportName(record), tls };
}
