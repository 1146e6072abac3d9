import type { ExportAccess, NvmeTcpAccess } from '@iorcl/api';
import * as z from 'zod';
import { type DiskPlace, ImporterError, type NetworkLink } from '../contract.ts';

/** The kernel's connection to one volume, by all that tells it from others. Holds no key. */
export interface NvmeConnection {
  readonly subsystemNqn: string;
  readonly hostNqn: string;
  /** With its scope, as the kernel is told it: `fe80::1%io120-abcdefg`. */
  readonly address: string;
  readonly port: string;
  /** This host's end. */
  readonly linkLocal: string;
  readonly namespaceUuid: string;
}

export const nvmeConnectionSchema: z.ZodType<NvmeConnection> = z.object({
  subsystemNqn: z.string(),
  hostNqn: z.string(),
  address: z.string(),
  port: z.string(),
  linkLocal: z.string(),
  namespaceUuid: z.string(),
});

/** @throws ImporterError `not_possible_here` for an export by anything else */
export function nvmeTcpAccess(access: ExportAccess, attachmentId: string): NvmeTcpAccess {
  if (access.transport === 'nvme-tcp') return access;
  const message = `an export by ${access.transport} can't be imported by NVMe/TCP`;
  throw new ImporterError('not_possible_here', message, { attachmentId });
}

export function connectionTo(access: NvmeTcpAccess, { interfaceName, linkLocal }: NetworkLink): NvmeConnection {
  const { subsystemNqn, hostNqn, namespaceUuid, port, address } = access;
  const scoped = /^fe[89ab][0-9a-f]:/i.test(address) ? `${address}%${interfaceName}` : address;
  return { subsystemNqn, hostNqn, namespaceUuid, address: scoped, port: String(port), linkLocal };
}

export function sameConnection(one: NvmeConnection, other: NvmeConnection): boolean {
  return (Object.keys(other) as (keyof NvmeConnection)[]).every((key) => one[key] === other[key]);
}

/**
 * How os-brick finds it: it compares address and port, as text, with what sysfs says of a connection. From Linux 6.1 on that ends
 * with this host's own address, which older os-bricks take for a part of the port, and newer ones leave out: one of the two
 * portals is right.
 */
export function placeOf({ subsystemNqn, hostNqn, namespaceUuid, address, port, linkLocal }: NvmeConnection): DiskPlace {
  const portals = [port, `${port},src_addr=${linkLocal}`].map((each) => [address, each, 'tcp'] as const);
  const path = `/dev/disk/by-id/nvme-uuid.${namespaceUuid}`;
  return { kind: 'nvmeof', path, subsystemNqn, hostNqn, namespaceUuid, portals };
}

export function describeConnection({ address, port, subsystemNqn }: NvmeConnection): string {
  return `NVMe subsystem ${subsystemNqn} at [${address}]:${port}`;
}
