import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';

/** Qualified names, NVMe base specification 2.0, section 4.5. */
export interface NvmetNames {
  subsystem(instanceId: string): string;
  /** Keys belong to a client's name on the whole machine, so it holds the instance, too. */
  client(instanceId: string, identity: string): string;
  instanceOf(subsystemNqn: string): string | undefined;
}

export function nvmetNames(nqnPrefix = 'nqn.2026-01.org.iorcl'): NvmetNames {
  const instance = `${nqnPrefix}:instance:`;
  return {
    subsystem: (instanceId) => `${instance}${instanceId}`,
    client: (instanceId, identity) => `${nqnPrefix}:client:${instanceId}:${identity}`,
    instanceOf: (nqn) => (nqn.startsWith(instance) ? nqn.slice(instance.length) : undefined),
  };
}

/** NVMe's text form of a DH-HMAC-CHAP secret (TP 8006): 32 bytes, not transformed, with their CRC-32, little-endian. */
export function dhChapSecret(secretHex: string): string {
  const secret = Buffer.from(secretHex, 'hex');
  const sum = Buffer.alloc(4);
  sum.writeUInt32LE(crc32(secret));
  return `DHHC-1:00:${Buffer.concat([secret, sum]).toString('base64')}:`;
}

/** The namespace's UUID, by which clients recognise a volume: Cinder's volume id, or else the attachment's id. */
export function namespaceUuid(volumeId: unknown, attachmentId: string): string {
  const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
  const given = [volumeId, attachmentId].find((id) => typeof id === 'string' && uuid.test(id));
  if (typeof given === 'string') {
    return given.toLowerCase();
  }
  const hash = createHash('sha256').update(attachmentId).digest('hex');
  return [hash.slice(0, 8), hash.slice(8, 12), hash.slice(12, 16), hash.slice(16, 20), hash.slice(20, 32)].join('-');
}

/** 20 characters that stay the same for an instance. */
export function serialOf(instanceId: string): string {
  return createHash('sha256').update(instanceId).digest('hex').slice(0, 20);
}
