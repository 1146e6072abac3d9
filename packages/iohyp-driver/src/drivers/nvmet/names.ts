import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { VolumeKey } from '../../contract.ts';

/** Qualified names, NVMe base specification 2.0, section 4.5. */
export interface NvmetNames {
  /** Of the subsystem that stands for an instance's way in, and has no namespace. */
  instance(instanceId: string): string;
  /** Of the subsystem that clients of a volume connect to. */
  volume(key: VolumeKey): string;
  /** Keys belong to a client's name on the whole machine, so it holds the instance, too. */
  client(instanceId: string, identity: string): string;
  instanceOf(subsystemNqn: string): string | undefined;
}

export function nvmetNames(nqnPrefix = 'nqn.2026-01.org.iorcl'): NvmetNames {
  const instance = `${nqnPrefix}:instance:`;
  const volume = `${nqnPrefix}:volume:`;
  return {
    instance: (instanceId) => `${instance}${instanceId}`,
    volume: ({ instanceId, attachmentId }) => `${volume}${instanceId}:${attachmentId}`,
    client: (instanceId, identity) => `${nqnPrefix}:client:${instanceId}:${identity}`,
    instanceOf: (nqn) => {
      if (nqn.startsWith(instance)) return nqn.slice(instance.length);
      return nqn.startsWith(volume) ? nqn.slice(volume.length, nqn.lastIndexOf(':')) : undefined;
    },
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

/** 20 characters that stay the same for what has this id. */
export function serialOf(id: string): string {
  return createHash('sha256').update(id).digest('hex').slice(0, 20);
}
