import { hostname } from 'node:os';
import { loggingOptions, option, serviceUserOptions } from '@iorcl/service';
import { parsePlugTargets } from '@iorcl/vlan-netlink';
import * as z from 'zod';
import { allowedAddresses } from '../http/allowed-addresses.ts';
import type { IorcldConfiguration } from './configuration.ts';
import { coreList } from './core-list.ts';
import { localUser } from './local-user.ts';
import { portRange } from './port-range.ts';

/** A section's options: what they are parsed to. */
type Section<T> = z.ZodObject & z.ZodType<T>;

/** Addresses as they are written, checked. */
function addresses(text: string): readonly string[] {
  const list = text.split(/[\s,]+/).filter((word) => word !== '');
  allowedAddresses(list);
  return list;
}

/** The sections of iorcld's configuration file: types, defaults, and the help texts of the sample. */
export const sections: { readonly [S in keyof IorcldConfiguration]: Section<IorcldConfiguration[S]> } = {
  DEFAULT: z.object({
    host: option.string().default(hostname()).meta({
      description: 'Name of this I/O host, also in Cinder. Keep it: attachments belong to it.',
      sample: "<the machine's host name>",
    }),
    state_directory: option
      .path()
      .default('/var/lib/iorcl')
      .describe('Holds the journal, with keys. Must outlive a reboot.'),
    backup_directory: option
      .path()
      .optional()
      .describe('The journal is copied here at the start and then regularly. Holds keys. Default: no copies.'),
    backup_interval_hours: option.integer({ min: 1, max: 720 }).default(24).describe('Hours between two copies.'),
    backups_kept: option.integer({ min: 1, max: 1_000 }).default(7).describe('So many copies are kept.'),
    parallel: option
      .integer({ min: 1, max: 1_000 })
      .default(16)
      .describe(
        'So many attachments are worked on at once; others wait in order of arrival, fairly between instances.',
      ),
    ...loggingOptions,
  }),
  api: z.object({
    bind_host: option.string().default('127.0.0.1').describe('Address on which the API listens.'),
    bind_port: option
      .integer({ min: 0, max: 65535 })
      .default(8790)
      .describe('TCP port of the API. 0: one that is free.'),
    unix_socket: option
      .path()
      .optional()
      .describe(
        'Also serve the API on this unix socket, of mode 0660 and without tokens, to the local administrator: whoever may open it. Usually /run/iorcl/iorcld.sock.',
      ),
    tls_cert_file: option
      .path()
      .optional()
      .describe(
        'PEM certificate chain of the API; needed beyond loopback, since the API hands out keys. A reload (SIGHUP) reads it again.',
      ),
    tls_key_file: option.path().optional().describe('PEM key of tls_cert_file. A reload (SIGHUP) reads it again.'),
    allow_plain_http: option.boolean().default(false).describe('In a lab: serve plain HTTP also beyond loopback.'),
    token_cache_seconds: option
      .integer({ min: 0, max: 300 })
      .default(30)
      .describe(
        "So many seconds Keystone's answer about a token is believed, also after the token was revoked. A reload (SIGHUP) takes it over.",
      ),
    requests_per_second: option
      .integer({ min: 0, max: 100_000 })
      .default(200)
      .describe(
        'So many requests per second are taken from one address, and five times as many at once after a pause. 0: no limit. A reload (SIGHUP) takes it over.',
      ),
    metrics_allowed_addresses: option
      .parsed(addresses)
      .prefault('127.0.0.1, ::1')
      .describe(
        'IP addresses and networks from which /metrics is read without a token. A reload (SIGHUP) takes it over.',
      ),
    disable_by_file_path: option
      .path()
      .optional()
      .describe('While there is this file, /healthcheck answers 503: to take the host out of a load balancer.'),
  }),
  service_user: z.object(serviceUserOptions),
  connector: z.object({
    ip: option
      .string()
      .optional()
      .describe("IP address of this host's storage connector. Default: the machine's first."),
    initiator: option
      .string()
      .optional()
      .describe("iSCSI initiator name of this host's storage connector. Default: of /etc/iscsi/initiatorname.iscsi."),
    nqn: option
      .string()
      .optional()
      .describe("NVMe qualified name of this host's storage connector. Default: of /etc/nvme/hostnqn."),
    multipath: option.boolean().default(false).describe('Whether storage is connected over several paths.'),
  }),
  iohyp: z.object({
    driver: option
      .string()
      .default('qsd')
      .describe(
        'The I/O hypervisor: qsd (qemu-storage-daemon), nvmet (the kernel), splitio (scripts, in a lab), or the name of an npm package that is a driver.',
      ),
    package_directory: option
      .path()
      .default('/usr/lib/iorcl')
      .describe('Below its node_modules a driver that is an npm package is looked for.'),
    package_options: option
      .parsed((text): unknown => JSON.parse(text))
      .prefault('{}')
      .describe('JSON that a driver which is an npm package is given.'),
    runtime_directory: option
      .path()
      .optional()
      .describe(
        "Holds sockets, keys and logs of the driver's processes; may go with a reboot. Default: /run/iorcl/ and the driver's name.",
      ),
    file_directories: option
      .list()
      .default([])
      .describe('Volumes that are files are opened only below these directories, separated by commas.'),
    local_prefixes: option
      .list()
      .default([])
      .describe(
        'Volumes that are block devices of this host are opened only where their path begins with one of these, for instance /dev/cinder-volumes/.',
      ),
    nfs_mount_point_base: option
      .path()
      .optional()
      .describe(
        'NFS shares are mounted below it, each at the MD5 of its name, as Cinder does. Default: no NFS volumes.',
      ),
    ceph_configuration_directory: option
      .path()
      .optional()
      .describe(
        "Directory of ceph.conf, for volumes of type rbd. Its admin_socket is replaced by one of iorcld's own. Default: Ceph's own.",
      ),
    ceph_keyring: option.path().optional().describe("Keyring for volumes of type rbd. Default: Ceph's own."),
    run_as: option
      .parsed(localUser)
      .optional()
      .describe(
        'User as which the processes of qsd run, without capabilities and with a view of /dev and /run of their own; it must be able to open the volumes. Default: as iorcld.',
      ),
    nvme_queues: option
      .integer({ min: 1, max: 128 })
      .default(4)
      .describe('Most I/O queues of nvmet that one compute host may have for one volume.'),
    cores: option
      .parsed(coreList)
      .prefault('')
      .describe('Processor cores for the data plane alone, for instance 2-5,8. Default: any.'),
    allow_insecure: option
      .boolean()
      .default(false)
      .describe('Whether a driver without authentication and encryption (splitio) may be used: in a lab.'),
  }),
  key_manager: z.object({
    kind: option
      .choice(['directory', 'barbican'])
      .default('directory')
      .describe(
        "Where the passphrases of encrypted volumes come from: files of a directory, or OpenStack's key manager, of which the service user must be allowed to read the secrets of all projects.",
      ),
    directory: option
      .path()
      .optional()
      .describe(
        "For kind = directory: a file per key, named by Cinder's encryption_key_id. Without it encrypted volumes are refused.",
      ),
  }),
  network: z.object({
    targets: option
      .parsed(parsePlugTargets)
      .describe(
        'How each physical network is reached, separated by commas: PHYSNET:bridge, PHYSNET:vlan:DEVICE, PHYSNET:ovs:BRIDGE@tcp:HOST:PORT; * stands for all others.',
      ),
    site: option
      .string()
      .default('io')
      .describe('Part of every name made on this machine; programs with different ones leave each other alone.'),
    namespace_directory: option.path().default('/run/netns').describe('Where named network namespaces are.'),
    state_directory: option
      .path()
      .default('/run/iorcl/networks')
      .describe('Who uses which tenant network. Must go with a reboot, as the networks do.'),
    ports: portRange
      .prefault('10809-11832')
      .describe('TCP ports of exports, FIRST-LAST: one per instance, unique within its network.'),
    address_mode: option
      .choice(['link-local', 'neutron-port'])
      .default('link-local')
      .describe(
        "Where exports listen: at this host's link-local IPv6 address, by which compute hosts reach them; or also at an address of the tenant's subnets, which a Neutron port (device_owner iorcl:export) reserves, and which goes with the network's last export.",
      ),
  }),
  reconcile: z.object({
    interval_seconds: option
      .integer({ min: 0, max: 86_400 })
      .default(60)
      .describe(
        'Seconds between passes of the reconciler, which compares what is wanted with what is. 0: only when asked. A reload (SIGHUP) takes it over.',
      ),
    grace_seconds: option
      .integer({ min: 0, max: 86_400 })
      .default(30)
      .describe('So many seconds a difference must last before what nobody owns is taken down.'),
    confirm_seconds: option
      .integer({ min: 0, max: 60 })
      .default(2)
      .describe('After so many seconds Cinder is asked once more before an export is ended whose attachment is gone.'),
    guard_percent: option
      .integer({ min: 1, max: 100 })
      .default(30)
      .describe(
        'The most that one pass takes down, in percent of all attachments, but always two: more looks like an outage of the cloud, and is left to a person.',
      ),
    most_repairs: option.integer({ min: 1, max: 10_000 }).default(50).describe('The most repairs of one pass.'),
  }),
};
