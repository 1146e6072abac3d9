import * as z from 'zod';

/** The I/O hypervisor of a host, and what it can do. */
export interface Driver {
  readonly name: string;
  /** What clients speak: `nbd`, `nvme-tcp` or `vrio`. */
  readonly transport: string;
  /** Whether clients are authenticated and the transport encrypted. */
  readonly secure: boolean;
  /** Kinds of storage that it opens. */
  readonly backends: readonly string[];
  readonly interposers: readonly string[];
  /** How clients learn of a new size: `announced`, `reconnect`, or `none`: volumes can't be resized. */
  readonly resize: string;
  /** Whether it makes a data plane anew that has died. */
  readonly recreates: boolean;
}

export const driverSchema: z.ZodType<Driver> = z.object({
  name: z.string(),
  transport: z.string(),
  secure: z.boolean(),
  backends: z.array(z.string()),
  interposers: z.array(z.string()),
  resize: z.string(),
  recreates: z.boolean(),
});
