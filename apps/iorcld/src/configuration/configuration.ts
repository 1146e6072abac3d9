import { hostname } from 'node:os';
import {
  ConfigurationError,
  type Logging,
  loggingOptions,
  option,
  readConfiguration,
  type ServiceUser,
  serviceUserOptions,
} from '@iorcl/service';
import { type PlugTarget, parsePlugTargets } from '@iorcl/vlan-netlink';
import * as z from 'zod';
import { type PortRange, portRange } from './port-range.ts';

/** What iorcld reads from its configuration files. Option names are those of the files. */
export interface IorcldConfiguration {
  readonly DEFAULT: Logging & {
    readonly host: string;
    readonly state_directory: string;
  };
  readonly api: {
    readonly bind_host: string;
    readonly bind_port: number;
    readonly tls_cert_file?: string | undefined;
    readonly tls_key_file?: string | undefined;
    readonly allow_plain_http: boolean;
    readonly token_cache_seconds: number;
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
    readonly runtime_directory: string;
    readonly file_directories: readonly string[];
    readonly ceph_configuration_directory?: string | undefined;
    readonly ceph_keyring?: string | undefined;
  };
  readonly network: {
    readonly targets: Readonly<Record<string, PlugTarget>>;
    readonly site: string;
    readonly namespace_directory: string;
    readonly state_directory: string;
    readonly ports: PortRange;
  };
}

const sections = {
  DEFAULT: z.object({
    host: option.string().default(hostname()),
    state_directory: option.path().default('/var/lib/iorcl'),
    ...loggingOptions,
  }),
  api: z.object({
    bind_host: option.string().default('127.0.0.1'),
    bind_port: option.integer({ min: 0, max: 65535 }).default(8790),
    tls_cert_file: option.path().optional(),
    tls_key_file: option.path().optional(),
    allow_plain_http: option.boolean().default(false),
    token_cache_seconds: option.integer({ min: 0, max: 300 }).default(30),
  }),
  service_user: z.object(serviceUserOptions),
  connector: z.object({
    ip: option.string().optional(),
    initiator: option.string().optional(),
    nqn: option.string().optional(),
    multipath: option.boolean().default(false),
  }),
  iohyp: z.object({
    driver: option.string().default('qsd'),
    runtime_directory: option.path().default('/run/iorcl/qsd'),
    file_directories: option.list().default([]),
    ceph_configuration_directory: option.path().optional(),
    ceph_keyring: option.path().optional(),
  }),
  network: z.object({
    targets: option.parsed(parsePlugTargets),
    site: option.string().default('io'),
    namespace_directory: option.path().default('/run/netns'),
    state_directory: option.path().default('/run/iorcl/networks'),
    ports: portRange.default({ first: 10809, last: 11832 }),
  }),
};

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1)$/;

/**
 * Reads iorcld's configuration from these files, later ones win.
 *
 * @throws ConfigurationError with everything that is wrong
 */
export function loadConfiguration(files: readonly string[]): IorcldConfiguration {
  const configuration: IorcldConfiguration = readConfiguration({ files, sections });
  const problems = [...apiProblems(configuration.api), ...pathProblems(configuration.iohyp)];
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

function* pathProblems({ file_directories: directories }: IorcldConfiguration['iohyp']): Generator<string> {
  for (const directory of directories) {
    if (!directory.startsWith('/')) yield `[iohyp] file_directories: ${directory}: expected an absolute path`;
  }
}
