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
import type { ImporterKind } from '../importers/registry.ts';

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
    /** Seconds that an attach or detach on the I/O host may take. */
    readonly timeout: number;
  };
  readonly service_user: ServiceUser;
  readonly importer: {
    readonly kind: ImporterKind;
    readonly imports_directory: string;
    readonly runtime_directory: string;
    /** Seconds that a guest's requests wait for an export that is away, before they fail. */
    readonly reconnect_delay: number;
    readonly allow_private_mount: boolean;
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

const sections = {
  DEFAULT: z.object({
    host: option.string().default(hostname()),
    state_directory: option.path().default('/var/lib/iorcl/compute-hook'),
    ...loggingOptions,
  }),
  proxy: z.object({
    bind_host: option.string().default('127.0.0.1'),
    bind_port: option.integer({ min: 0, max: 65535 }).default(8876),
    allow_remote_clients: option.boolean().default(false),
    cinder_endpoint: option.url(),
    cinder_ca_file: option.path().optional(),
    decision_timeout: option.integer({ min: 1, max: 600 }).default(20),
  }),
  iorcl: z.object({
    endpoint: option.url(),
    timeout: option.integer({ min: 1, max: 3600 }).default(120),
  }),
  service_user: z.object(serviceUserOptions),
  importer: z.object({
    kind: option.choice(['fuse']).default('fuse'),
    imports_directory: option.path().default('/var/lib/iorcl/imports'),
    runtime_directory: option.path().default('/run/iorcl/imports'),
    reconnect_delay: option.integer({ min: 0, max: 86_400 }).default(300),
    allow_private_mount: option.boolean().default(false),
    check_interval: option.integer({ min: 1, max: 3600 }).default(30),
  }),
  network: z.object({
    targets: option.parsed(parsePlugTargets),
    site: option.string().default('compute'),
    namespace_directory: option.path().default('/run/netns'),
    state_directory: option.path().default('/run/iorcl/compute-networks'),
  }),
};

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
