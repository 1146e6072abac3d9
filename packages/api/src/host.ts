import * as z from 'zod';

/** A service of an I/O host, with the columns of `openstack compute service list`. */
export interface Host {
  readonly binary: string;
  readonly host: string;
  readonly zone: string;
  readonly status: 'enabled' | 'disabled';
  readonly state: 'up' | 'down';
  readonly attachments: number;
  /** ISO 8601, UTC. */
  readonly updatedAt: string;
}

export const hostSchema: z.ZodType<Host> = z.object({
  binary: z.string(),
  host: z.string(),
  zone: z.string(),
  status: z.enum(['enabled', 'disabled']),
  state: z.enum(['up', 'down']),
  attachments: z.int().nonnegative(),
  updatedAt: z.string(),
});
