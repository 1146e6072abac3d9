import { release } from 'node:os';
import { maxPartitions } from './nbd-devices.ts';
import { NbdFamily } from './nbd-family.ts';

/** What decides whether this kernel's network block devices can be used. */
export interface KernelNbd {
  /** As uname(1) has it, for example `6.1.0-18-amd64`. */
  readonly release: string;
  /** The module's `max_part`; undefined where it is not loaded. */
  readonly maxPartitions: number | undefined;
  /** Whether it answers in this network namespace. */
  readonly answers: boolean;
}

/** Devices carry a mark since this version. */
const LEAST_RELEASE = [5, 14] as const;
const LOAD =
  "put 'nbd' into /etc/modules-load.d/iorcl.conf and 'options nbd max_part=0 nbds_max=0' into /etc/modprobe.d/iorcl.conf, and run modprobe nbd";

/** Why not; undefined when they can. */
export function judgeKernelNbd({
  release: version,
  maxPartitions: partitions,
  answers,
}: KernelNbd): string | undefined {
  const [major = 0, minor = 0] = version.split('.').map((part) => Number.parseInt(part, 10));
  const [leastMajor, leastMinor] = LEAST_RELEASE;
  if (major < leastMajor || (major === leastMajor && minor < leastMinor)) {
    return `Linux ${version} does not mark network block devices, which it does since ${LEAST_RELEASE.join('.')}`;
  }
  if (partitions === undefined) return `the kernel's nbd is not loaded: ${LOAD}`;
  if (partitions > 0) {
    return (
      `nbd was loaded with max_part = ${partitions}, so this host's kernel would read partition tables that tenants wrote: ` +
      `${LOAD} (after modprobe -r nbd)`
    );
  }
  return answers ? undefined : "the kernel's nbd answers only in the initial network namespace, where the hook is not";
}

/** Why this kernel's network block devices can't be used; undefined when they can. Changes nothing. */
export async function whyNoKernelNbd(): Promise<string | undefined> {
  const partitions = await maxPartitions();
  using family = partitions === undefined ? undefined : await NbdFamily.open();
  return judgeKernelNbd({ release: release(), maxPartitions: partitions, answers: family !== undefined });
}
