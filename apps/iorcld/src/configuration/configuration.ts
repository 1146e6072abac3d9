import type { DaemonUser } from '@iorcl/iohyp-driver';
import {
  ConfigurationError,
  type Logging,
  readConfiguration,
  type ServiceUser,
  sampleConfiguration,
} from '@iorcl/service';
import type { PlugTarget } from '@iorcl/vlan-netlink';
import type { PortRange } from './port-range.ts';
import { sections } from './sections.ts';

/** What iorcld reads from its configuration files. Option names are those of the files. */
export interface IorcldConfiguration {
  readonly DEFAULT: Logging & {
    readonly host: string;
    readonly state_directory: string;
    readonly parallel: number;
    readonly backup_directory?: string | undefined;
    readonly backup_interval_hours: number;
    readonly backups_kept: number;
  };
  readonly api: {
    readonly bind_host: string;
    readonly bind_port: number;
    readonly tls_cert_file?: string | undefined;
    readonly tls_key_file?: string | undefined;
    readonly allow_plain_http: boolean;
    readonly token_cache_seconds: number;
    readonly unix_socket?: string | undefined;
    readonly requests_per_second: number;
    readonly metrics_allowed_addresses: readonly string[];
    readonly disable_by_file_path?: string | undefined;
  };
  readonly service_user: ServiceUser;
  readonly connector: {
    readonly ip?: string | undefined;
    readonly initiator?: string | undefined;
    readonly nqn?: string | undefined;
    readonly multipath: boolean;
  };
  readonly iohyp: {
    readonly driver: string;
    readonly runtime_directory?: string | undefined;
    readonly file_directories: readonly string[];
    readonly ceph_configuration_directory?: string | undefined;
    readonly ceph_keyring?: string | undefined;
    readonly run_as?: DaemonUser | undefined;
    readonly nvme_queues: number;
    readonly cores: readonly number[];
    readonly allow_insecure: boolean;
    readonly local_prefixes: readonly string[];
    readonly nfs_mount_point_base?: string | undefined;
    readonly package_directory: string;
    readonly package_options: unknown;
  };
  readonly key_manager: {
    readonly kind: 'directory' | 'barbican';
    readonly directory?: string | undefined;
  };
  readonly network: {
    readonly targets: Readonly<Record<string, PlugTarget>>;
    readonly site: string;
    readonly namespace_directory: string;
    readonly state_directory: string;
    readonly ports: PortRange;
    readonly address_mode: 'link-local' | 'neutron-port';
  };
  readonly reconcile: {
    readonly interval_seconds: number;
    readonly grace_seconds: number;
    readonly confirm_seconds: number;
    readonly guard_percent: number;
    readonly most_repairs: number;
  };
}

/** A configuration file with every option, its help and its default, all as comments. */
export function sampleOfConfiguration(): string {
  const head = 'Configuration of iorcld. What is commented out shows the default; <required> options must be set.';
  return sampleConfiguration(head, sections);
}

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1)$/;

/**
 * Reads iorcld's configuration from these files, later ones win.
 *
 * @throws ConfigurationError with everything that is wrong
 */
export function loadConfiguration(files: readonly string[]): IorcldConfiguration {
  const configuration: IorcldConfiguration = readConfiguration({ files, sections });
  const problems = [
    ...apiProblems(configuration.api),
    ...pathProblems(configuration.iohyp),
    ...keyProblems(configuration.key_manager),
  ];
  if (problems.length > 0) throw new ConfigurationError(problems);
  return configuration;
}

/** Tokens and keys must not cross a network in the clear by mistake. */
function* apiProblems(api: IorcldConfiguration['api']): Generator<string> {
  const { tls_cert_file: cert, tls_key_file: key, bind_host: host, allow_plain_http: plain } = api;
  if ((cert === undefined) !== (key === undefined)) {
    yield '[api] tls_cert_file and tls_key_file belong together: one of them is missing';
  }
  if (cert === undefined && !plain && !LOOPBACK.test(host)) {
    yield `[api] bind_host = ${host} is not a loopback address, so the API needs tls_cert_file and tls_key_file; it hands out keys. In a lab, allow_plain_http = true`;
  }
}

function* keyProblems({ kind, directory }: IorcldConfiguration['key_manager']): Generator<string> {
  if (kind === 'barbican' && directory !== undefined) {
    yield `[key_manager] directory = ${directory} is for kind = directory; with kind = barbican leave it out`;
  }
}

function* pathProblems({ file_directories: directories }: IorcldConfiguration['iohyp']): Generator<string> {
  for (const directory of directories) {
    if (!directory.startsWith('/')) yield `[iohyp] file_directories: ${directory}: expected an absolute path`;
  }
}
