import * as z from 'zod';
import { port } from '../port.ts';

/** Fields of Cinder's RBD driver, `initialize_connection`. */
export interface RbdFields {
  /** `pool/image` or `pool/image@snapshot` */
  readonly name: string;
  readonly hosts: readonly string[];
  readonly ports: readonly string[];
  readonly auth_enabled: boolean;
  readonly auth_username?: string | null | undefined;
  readonly cluster_name?: string | null | undefined;
}

const NAME = 'pool/image or pool/image@snapshot, without namespace';
const ports = z.array(port, { error: 'a list of port numbers' });
const hosts = z.array(
  z.string({ error: 'a host name or address' }).regex(/^[^\s,;]+$/, { error: 'a host name or address' }),
  { error: 'a list of host names or addresses' },
);

export const rbdFields: z.ZodType<RbdFields> = z
  .object({
    name: z.string({ error: NAME }).regex(/^[^/@:\\\s]+\/[^/@:\\\s]+(@[^/@:\\\s]+)?$/, { error: NAME }),
    hosts,
    ports,
    auth_enabled: z.boolean({ error: 'true or false' }),
    auth_username: z
      .string({ error: 'a Ceph client name' })
      .regex(/^[\w.-]+$/, { error: 'a Ceph client name' })
      .nullish(),
    cluster_name: z
      .string({ error: 'a Ceph cluster name' })
      .regex(/^[\w-]+$/, { error: 'a Ceph cluster name' })
      .nullish(),
  })
  .refine((fields) => fields.hosts.length === fields.ports.length, {
    error: 'as many ports as hosts',
    path: ['ports'],
  })
  .refine((fields) => !fields.auth_enabled || typeof fields.auth_username === 'string', {
    error: 'a Ceph client name, since auth_enabled is true',
    path: ['auth_username'],
  });
