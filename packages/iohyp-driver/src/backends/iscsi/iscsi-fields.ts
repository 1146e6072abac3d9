import * as z from 'zod';
import type { Portal } from './portal.ts';

/** Fields of Cinder's iSCSI drivers, `initialize_connection`. */
export interface IscsiFields {
  /** Every way to the volume, the one that Cinder prefers first. */
  readonly portals: readonly Portal[];
  readonly chap: { readonly user: string; readonly password: string } | undefined;
}

const PORTAL = 'a portal, such as "192.0.2.1:3260"';
const IQN = 'an iSCSI name, such as "iqn.2010-10.org.openstack:volume-1"';
const LUN = 'a logical unit number';

const portal = z
  .string({ error: PORTAL })
  .regex(/^(\[[0-9a-fA-F:.]+\]|[^\s:/[\]]+):\d{1,5}(,\d+)?$/, { error: PORTAL });
const iqn = z.string({ error: IQN }).regex(/^(iqn|eui|naa)\.[\w.:-]{1,219}$/, { error: IQN });
const lun = z
  .union([z.int(), z.string().regex(/^\d+$/)], { error: LUN })
  .transform(Number)
  .refine((value) => value >= 0 && value <= 16_383, { error: LUN });

export const iscsiFields: z.ZodType<IscsiFields> = z
  .object({
    target_portal: portal,
    target_iqn: iqn,
    target_lun: lun,
    target_portals: z.array(portal, { error: 'a list of portals' }).nullish(),
    target_iqns: z.array(iqn, { error: 'a list of iSCSI names' }).nullish(),
    target_luns: z.array(lun, { error: 'a list of logical unit numbers' }).nullish(),
    auth_method: z.enum(['CHAP'], { error: '"CHAP" or nothing' }).nullish(),
    auth_username: z.string({ error: 'a CHAP user name' }).nullish(),
    auth_password: z.string({ error: 'a CHAP password' }).nullish(),
  })
  .refine((fields) => fields.auth_method !== 'CHAP' || Boolean(fields.auth_username), {
    error: 'a CHAP user name, since auth_method is "CHAP"',
    path: ['auth_username'],
  })
  .refine((fields) => fields.auth_method !== 'CHAP' || Boolean(fields.auth_password), {
    error: 'a CHAP password, since auth_method is "CHAP"',
    path: ['auth_password'],
  })
  .transform((fields) => {
    const all = fields.target_portals ?? [fields.target_portal];
    const addresses = [...new Set([fields.target_portal, ...all])];
    const portals = addresses.map((address) => {
      const index = all.indexOf(address);
      const target = fields.target_iqns?.[index] ?? fields.target_iqn;
      return parsePortal(address, target, fields.target_luns?.[index] ?? fields.target_lun);
    });
    const { auth_username: user, auth_password: password } = fields;
    const chap = fields.auth_method === 'CHAP' && user && password ? { user, password } : undefined;
    return { portals, chap };
  });

/** A portal may carry the number of its portal group after a comma. */
function parsePortal(text: string, target: string, unit: number): Portal {
  const address = text.replace(/,\d+$/, '');
  const colon = address.lastIndexOf(':');
  const host = address.slice(0, colon).replace(/^\[(.*)\]$/, '$1');
  return { host, port: Number(address.slice(colon + 1)), target, lun: unit };
}
