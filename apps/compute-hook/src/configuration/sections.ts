import { hostname } from 'node:os';
import { loggingOptions, option, serviceUserOptions } from '@iorcl/service';
import { parsePlugTargets } from '@iorcl/vlan-netlink';
import * as z from 'zod';
import { importerKinds } from '../importers/registry.ts';
import type { HookConfiguration } from './configuration.ts';

/** A section's options: what they are parsed to. */
type Section<T> = z.ZodObject & z.ZodType<T>;

/** The sections of the hook's configuration file: types, defaults, and the help texts of the sample. */
export const sections: { readonly [S in keyof HookConfiguration]: Section<HookConfiguration[S]> } = {
  DEFAULT: z.object({
    host: option.string().default(hostname()).meta({
      description: "Name of this compute host: nova-compute's own. Part of its addresses on tenant networks.",
      sample: "<the machine's host name>",
    }),
    state_directory: option
      .path()
      .default('/var/lib/iorcl/compute-hook')
      .describe('Holds the records of imports, with keys. Must outlive a reboot.'),
    ...loggingOptions,
  }),
  proxy: z.object({
    bind_host: option.string().default('127.0.0.1').describe('Address on which nova-compute finds its Cinder.'),
    bind_port: option
      .integer({ min: 0, max: 65535 })
      .default(8876)
      .describe('TCP port on which nova-compute finds its Cinder. 0: one that is free.'),
    allow_remote_clients: option
      .boolean()
      .default(false)
      .describe('Must be true for any other bind_host than a loopback address: tokens cross the network in the clear.'),
    cinder_endpoint: option.url().describe("Cinder's own URL without /v3, for example http://controller:8776."),
    cinder_ca_file: option
      .path()
      .optional()
      .describe("PEM file of certificates that Cinder's https is checked against. Default: the system's."),
    decision_timeout: option
      .integer({ min: 1, max: 600 })
      .default(20)
      .describe('Seconds for each question to Cinder, Nova or Keystone that a decision needs.'),
  }),
  iorcl: z.object({
    endpoint: option.url().describe('URL of iorcld on the I/O host, for example https://io-1:8790.'),
    cafile: option
      .path()
      .optional()
      .describe("PEM file of certificates that iorcld's https is checked against. Default: the system's."),
    timeout: option
      .integer({ min: 1, max: 3600 })
      .default(120)
      .describe('Seconds that an attach or detach on the I/O host may take.'),
  }),
  service_user: z.object(serviceUserOptions),
  importer: z.object({
    kind: option
      .choice(['auto', ...importerKinds])
      .default('auto')
      .describe(
        'How an export becomes a disk of this host: nvme-tcp (of an I/O host with driver nvmet; os-brick finds it), nbd-block (a block device), qemu-nbd (a socket for QEMU; nova-compute needs a module for it), fuse (a file); auto: the best that is possible here, without qemu-nbd. Imports that are there keep the importer that made them.',
      ),
    imports_directory: option
      .path()
      .default('/var/lib/iorcl/imports')
      .describe(
        'Files and sockets of importers fuse and qemu-nbd appear here, for QEMU to open. Must lie on a shared mount.',
      ),
    runtime_directory: option
      .path()
      .default('/run/iorcl/imports')
      .describe("Holds sockets, keys and logs of the importer's processes; may go with a reboot."),
    reconnect_delay: option
      .integer({ min: 0, max: 86_400 })
      .default(300)
      .describe("Seconds that a guest's requests wait for an export that is away, before they fail."),
    allow_private_mount: option
      .boolean()
      .default(false)
      .describe("Accept an imports_directory on a private mount: where all guests run in the hook's mount namespace."),
    qemu_user: option
      .string()
      .default('libvirt-qemu')
      .describe("User as whom guests' QEMU runs: of importer qemu-nbd, nobody else may connect to a disk's socket."),
    check_interval: option
      .integer({ min: 1, max: 3600 })
      .default(30)
      .describe("Seconds between looks whether all imports are there, and still this host's."),
  }),
  network: z.object({
    targets: option
      .parsed(parsePlugTargets)
      .describe(
        'How each physical network is reached, separated by commas: PHYSNET:bridge, PHYSNET:vlan:DEVICE, PHYSNET:ovs:BRIDGE@tcp:HOST:PORT; * stands for all others.',
      ),
    site: option
      .string()
      .default('compute')
      .describe("Marks what is ours on this machine. Differs from iorcld's, so that both can be on one."),
    namespace_directory: option
      .path()
      .default('/run/netns')
      .describe('Holds the tenant networks, a network namespace each.'),
    state_directory: option
      .path()
      .default('/run/iorcl/compute-networks')
      .describe('Holds who uses which tenant network. Must go with a reboot, as the networks do.'),
  }),
};
