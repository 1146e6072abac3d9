import * as z from 'zod';
import { CinderFault } from '../proxy/cinder-fault.ts';

/** What the hook needs of a connector, and of the request that carries it (Block Storage API v3, "attachments"). */
export interface ConnectorRequest {
  /** Undefined when it isn't a text, which Cinder would not know what to do with either. */
  readonly host: string | undefined;
  /** Device name that Nova chose, for example `/dev/vdb`. */
  readonly mountpoint: string | undefined;
  /** Of POST only: the instance for which the attachment is made. */
  readonly instanceId: string | undefined;
  /** Of POST only. */
  readonly volumeId: string | undefined;
}

const bodySchema = z.object({
  attachment: z.object({
    connector: z.unknown(),
    instance_uuid: z.string().optional().catch(undefined),
    volume_uuid: z.string().optional().catch(undefined),
  }),
});
const wholeBodySchema = z.looseObject({ attachment: z.looseObject({}) });
const connectorSchema = z.object({
  host: z.string().min(1).optional().catch(undefined),
  mountpoint: z.string().optional().catch(undefined),
});

/**
 * Reads the connector of a `PUT /attachments/{id}` or `POST /attachments`. Undefined: there is none, or Cinder can't read
 * the body either, so that whatever it answers holds no connection_info.
 *
 * @throws CinderFault 400 for JSON that only Python reads (NaN, Infinity): Cinder might find a connector where we don't
 */
export function connectorIn(body: Buffer): ConnectorRequest | undefined {
  const text = body.toString('utf8');
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    if (/NaN|Infinity/.test(text)) throw new CinderFault(400, 'Malformed request body', cause);
    return undefined;
  }
  const parsed = bodySchema.safeParse(json);
  if (!parsed.success) return undefined;
  const { connector, instance_uuid: instanceId, volume_uuid: volumeId } = parsed.data.attachment;
  if (connector === undefined || connector === null || connector === '') return undefined;
  const known = connectorSchema.safeParse(connector);
  return {
    host: known.success ? known.data.host : undefined,
    mountpoint: known.success ? known.data.mountpoint : undefined,
    instanceId,
    volumeId,
  };
}

/** The same `POST /attachments` with another connector; null only reserves the volume. */
export function withConnector(body: Buffer, connector: Readonly<Record<string, unknown>> | null): string {
  const { attachment, ...rest } = wholeBodySchema.parse(JSON.parse(body.toString('utf8')));
  return JSON.stringify({ ...rest, attachment: { ...attachment, connector } });
}
