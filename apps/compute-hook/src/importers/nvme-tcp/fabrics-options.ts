import { createHash } from 'node:crypto';
import type { NvmeConnection } from './nvme-connection.ts';

/** Most I/O queues of one volume. The kernel takes no more than it has processors, and the I/O host gives no more than it allows. */
const QUEUES = 4;
/** An I/O host that says nothing for so long has gone: requests wait from then on. */
const KEEP_ALIVE_SECONDS = 5;
/** Pause between attempts to reach it again; with it comes back what waits. */
const RECONNECT_SECONDS = 2;
/** After a day the kernel forgets the connection, and with it the device: a compute host without a hook does not try for ever. */
const FORGET_SECONDS = 86_400;

export interface FabricsOptions {
  readonly connection: NvmeConnection;
  /** `DHHC-1:…`. */
  readonly dhChapSecret: string;
  /** How long requests wait for an I/O host that is away before they fail, in seconds. The device stays, and works again later. */
  readonly failAfterSeconds: number;
}

/**
 * What the kernel is told: `name=value` each, see `opt_tokens` in drivers/nvme/host/fabrics.c of Linux. Every bound is given,
 * none is left to the kernel's default.
 */
export function fabricsOptions({ connection, dhChapSecret, failAfterSeconds }: FabricsOptions): readonly string[] {
  const { subsystemNqn, hostNqn, address, port } = connection;
  return [
    ...['transport=tcp', `traddr=${address}`, `trsvcid=${port}`, `nqn=${subsystemNqn}`],
    ...[`hostnqn=${hostNqn}`, `hostid=${hostIdOf(hostNqn)}`, `dhchap_secret=${dhChapSecret}`],
    `nr_io_queues=${QUEUES}`,
    `keep_alive_tmo=${KEEP_ALIVE_SECONDS}`,
    `reconnect_delay=${RECONNECT_SECONDS}`,
    `fast_io_fail_tmo=${failAfterSeconds}`,
    `ctrl_loss_tmo=${Math.max(FORGET_SECONDS, failAfterSeconds)}`,
  ];
}

/** Linux 6.6 and later want one host id per host NQN. */
function hostIdOf(hostNqn: string): string {
  const hex = createHash('sha256').update(hostNqn).digest('hex');
  // A UUID of version 8, RFC 9562: made of whatever one likes.
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
