import {
  ConfigurationError,
  type Logging,
  readConfiguration,
  type ServiceUser,
  sampleConfiguration,
} from '@iorcl/service';
import type { PlugTarget } from '@iorcl/vlan-netlink';
import type { ImporterKind } from '../importers/registry.ts';
import { sections } from './sections.ts';

/** What the compute hook reads from its configuration files. Option names are those of the files. */
export interface HookConfiguration {
  readonly DEFAULT: Logging & {
    /** Name of this host; part of its addresses on tenant networks. */
    readonly host: string;
    readonly state_directory: string;
  };
  readonly proxy: {
    readonly bind_host: string;
    readonly bind_port: number;
    readonly allow_remote_clients: boolean;
    readonly cinder_endpoint: string;
    readonly cinder_ca_file?: string | undefined;
    /** Seconds that Cinder, Nova or Keystone may take for each question that a decision needs. */
    readonly decision_timeout: number;
  };
  readonly iorcl: {
    readonly endpoint: string;
    readonly cafile?: string | undefined;
    /** Seconds that an attach or detach on the I/O host may take. */
    readonly timeout: number;
  };
  readonly service_user: ServiceUser;
  readonly importer: {
    readonly kind: ImporterKind | 'auto';
    readonly imports_directory: string;
    readonly runtime_directory: string;
    /** Seconds that a guest's requests wait for an export that is away, before they fail. */
    readonly reconnect_delay: number;
    readonly allow_private_mount: boolean;
    /** User as whom guests' QEMU runs. */
    readonly qemu_user: string;
    /** Seconds between looks whether all imports are there. */
    readonly check_interval: number;
  };
  readonly network: {
    readonly targets: Readonly<Record<string, PlugTarget>>;
    readonly site: string;
    readonly namespace_directory: string;
    readonly state_directory: string;
  };
}

/** A configuration file with every option, its help and its default, all as comments. */
export function sampleOfConfiguration(): string {
  const head =
    'Configuration of the compute hook. What is commented out shows the default; <required> options must be set.';
  return sampleConfiguration(head, sections);
}

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1)$/;

/**
 * Reads the hook's configuration from these files, later ones win.
 *
 * @throws ConfigurationError with everything that is wrong
 */
export function loadConfiguration(files: readonly string[]): HookConfiguration {
  const configuration: HookConfiguration = readConfiguration({ files, sections });
  const { bind_host: host, allow_remote_clients: remote } = configuration.proxy;
  if (!remote && !LOOPBACK.test(host)) {
    throw new ConfigurationError([
      `[proxy] bind_host = ${host} is not a loopback address: tokens would cross the network in the clear, and whoever ` +
        'reaches the hook could attach volumes to this host. If that is meant, set allow_remote_clients = true',
    ]);
  }
  return configuration;
}
