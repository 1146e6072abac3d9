import { readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import type { Connector } from '../cloud/contract.ts';
import type { IorcldConfiguration } from './configuration.ts';

/** Where a machine keeps what a connector tells. */
export interface ConnectorSources {
  /** Of open-iscsi. */
  readonly initiatorName: string;
  /** Of nvme-cli. */
  readonly hostNqn: string;
}

const MACHINE: ConnectorSources = {
  initiatorName: '/etc/iscsi/initiatorname.iscsi',
  hostNqn: '/etc/nvme/hostnqn',
};

/** This host's storage connector: as configured, else as the machine's own files say. */
export function machineConnector(
  host: string,
  configured: IorcldConfiguration['connector'],
  sources: ConnectorSources = MACHINE,
): Connector {
  const initiator = configured.initiator ?? /^InitiatorName=(\S+)/m.exec(read(sources.initiatorName))?.[1];
  const nqn = configured.nqn ?? /^nqn\.\S+/m.exec(read(sources.hostNqn))?.[0];
  return {
    host,
    ip: configured.ip ?? firstAddress(),
    ...(initiator === undefined ? {} : { initiator }),
    ...(nqn === undefined ? {} : { nqn }),
    platform: process.arch === 'x64' ? 'x86_64' : process.arch === 'arm64' ? 'aarch64' : process.arch,
    os_type: 'linux',
    multipath: configured.multipath,
    do_local_attach: false,
  };
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    // Without the file the machine is no initiator of that kind, and needs none for other storage.
    return '';
  }
}

function firstAddress(): string {
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return addresses.find(({ family, internal }) => family === 'IPv4' && !internal)?.address ?? '127.0.0.1';
}
