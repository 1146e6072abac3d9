import * as z from 'zod';
import type { ConnectionInfo } from '../contract.ts';
import { parseFields } from './fields.ts';

/** A connection_info taken apart, of whatever type. */
export interface Connection {
  /** `driver_volume_type`: `rbd`, `gpfs`, … */
  readonly volumeType: string;
  /** What the type's own fields are; in the flat form together with everything else. */
  readonly fields: ConnectionInfo;
  /** Cinder says that clients may only read. */
  readonly readOnly: boolean;
  /** Cinder says that the storage holds ciphertext. */
  readonly encrypted: boolean;
}

interface Head {
  readonly driver_volume_type: string;
  readonly data?: ConnectionInfo | undefined;
}

interface CommonFields {
  readonly encrypted?: boolean | null | undefined;
  readonly access_mode?: 'rw' | 'ro' | null | undefined;
}

const head: z.ZodType<Head> = z.object({
  driver_volume_type: z.string({ error: 'a volume type, such as "rbd"' }).min(1, { error: 'a volume type' }),
  data: z.record(z.string(), z.unknown(), { error: 'the fields of the volume type' }).optional(),
});

const common: z.ZodType<CommonFields> = z.object({
  encrypted: z.boolean({ error: 'true or false' }).nullish(),
  access_mode: z.enum(['rw', 'ro'], { error: '"rw" or "ro"' }).nullish(),
});

/**
 * Takes both forms: flat, as the Block Storage API v3 answers it, and folded (`data` beside `driver_volume_type`), as
 * Nova keeps it.
 * @throws {DriverError} `bad_connection_info`
 */
export function parseConnection(connectionInfo: ConnectionInfo): Connection {
  const { driver_volume_type: volumeType, data } = parseFields('connection_info', head, connectionInfo);
  const fields = data === undefined ? connectionInfo : { ...connectionInfo, ...data };
  const { encrypted, access_mode: accessMode } = parseFields(`connection_info of type "${volumeType}"`, common, fields);
  return { volumeType, fields, readOnly: accessMode === 'ro', encrypted: encrypted === true };
}
