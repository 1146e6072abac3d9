import { isIP } from 'node:net';
import * as z from 'zod';
import { port } from '../port.ts';

/** One way to a subsystem over TCP. */
export interface NvmePortal {
  readonly address: string;
  readonly port: string;
}

/** How a volume is found among the namespaces of its subsystem. */
export type NamespaceName = { readonly uuid: string } | { readonly nguid: string } | { readonly nsid: number };

/** Fields of Cinder's NVMe drivers, as os-brick's NVMe connector reads them (`NVMeOFConnProps`). */
export interface NvmeofFields {
  readonly nqn: string;
  readonly portals: readonly NvmePortal[];
  readonly namespace: NamespaceName;
  /** The client that storage expects. */
  readonly hostNqn: string | undefined;
}

const NQN = 'an NVMe qualified name, such as "nqn.2014-08.org.nvmexpress:uuid:…"';
const ADDRESS = 'an IP address';
const TCP = '"tcp", the only transport that is opened here';

/** Base specification 2.0, section 4.5: at most 223 bytes. A comma would end an option of the kernel's. */
const nqn = z.string({ error: NQN }).regex(/^nqn\.[\x21-\x2b\x2d-\x7e]{1,219}$/, { error: NQN });
const address = z.string({ error: ADDRESS }).refine((text) => isIP(text) !== 0, { error: ADDRESS });
const transport = z.string({ error: TCP }).refine((text) => text.toLowerCase() === 'tcp', { error: TCP });
const uuid = z.string({ error: 'a UUID' }).regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i, { error: 'a UUID' });
const nguid = z
  .string({ error: '32 hex digits' })
  .regex(/^[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}$/i, { error: '32 hex digits' });
const absent = (error: string): z.ZodType => z.union([z.null(), z.tuple([])], { error }).optional();

export const nvmeofFields: z.ZodType<NvmeofFields> = z
  .object({
    target_nqn: nqn.nullish(),
    nqn: nqn.nullish(),
    portals: z.array(z.tuple([address, port, transport]), { error: 'a list of [address, port, transport]' }).nullish(),
    target_portal: address.nullish(),
    target_port: port.nullish(),
    transport_type: transport.nullish(),
    vol_uuid: uuid.nullish(),
    volume_nguid: nguid.nullish(),
    ns_id: z.coerce.number({ error: 'a namespace id' }).int().min(1, { error: 'a namespace id' }).nullish(),
    host_nqn: nqn.nullish(),
    volume_replicas: absent('nothing: replicated volumes are mirrored on their client, which is not done here'),
  })
  .transform((fields, context) => {
    const missing = (path: string, message: string): undefined => {
      context.addIssue({ code: 'custom', path: [path], message });
      return undefined;
    };
    const name = fields.target_nqn ?? fields.nqn ?? missing('target_nqn', NQN);
    const portals = portalsOf(fields);
    if (portals.length === 0) {
      missing('target_portal', 'the address of a portal, with target_port');
    }
    const namespace = namespaceOf(fields) ?? missing('vol_uuid', 'a UUID, or volume_nguid or ns_id instead');
    if (name === undefined || namespace === undefined) {
      return z.NEVER;
    }
    return { nqn: name, portals, namespace, hostNqn: fields.host_nqn ?? undefined };
  });

interface PortalFields {
  readonly portals?: readonly (readonly [string, string, string])[] | null | undefined;
  readonly target_portal?: string | null | undefined;
  readonly target_port?: string | null | undefined;
}

function portalsOf({ portals, target_portal: first, target_port: firstPort }: PortalFields): readonly NvmePortal[] {
  const listed = (portals ?? []).map(([each, number]) => ({ address: each, port: number }));
  if (listed.length > 0 || !first || !firstPort) {
    return listed;
  }
  return [{ address: first, port: firstPort }];
}

interface NamespaceFields {
  readonly vol_uuid?: string | null | undefined;
  readonly volume_nguid?: string | null | undefined;
  readonly ns_id?: number | null | undefined;
}

function namespaceOf(fields: NamespaceFields): NamespaceName | undefined {
  if (fields.vol_uuid) {
    return { uuid: fields.vol_uuid.toLowerCase() };
  }
  if (fields.volume_nguid) {
    return { nguid: fields.volume_nguid.toLowerCase().replaceAll('-', '') };
  }
  return fields.ns_id ? { nsid: fields.ns_id } : undefined;
}
