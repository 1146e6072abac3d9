import { access } from 'node:fs/promises';
import type { Connection } from '../../connection-info/connection.ts';
import { parseFields } from '../../connection-info/fields.ts';
import { DriverError } from '../../contract.ts';
import type {
  Backend,
  BackendSettings,
  BlockdevNode,
  BlockdevOptions,
  BlockdevSecret,
  PreparedBackend,
} from '../backend.ts';
import { keyFromKeyring } from './keyring.ts';
import { type RbdFields, rbdFields } from './rbd-fields.ts';

/** A Ceph RBD image, opened by librbd inside the data plane (Debian: package qemu-block-extra). */
export const rbdBackend: Backend = {
  kind: 'rbd',
  volumeTypes: ['rbd'],
  async prepare(connection: Connection, settings: BackendSettings): Promise<PreparedBackend> {
    const fields = parseFields('connection_info of type "rbd"', rbdFields, connection.fields);
    const cluster = fields.cluster_name ?? 'ceph';
    const configuration = `${settings.rbd?.configurationDirectory ?? '/etc/ceph'}/${cluster}.conf`;
    await access(configuration).catch((cause: unknown) => {
      const text = `Ceph configuration ${configuration} of cluster "${cluster}" can't be read: ${cause}`;
      throw new DriverError('backend_failed', text, { cause });
    });
    return {
      kind: 'rbd',
      identity: `rbd:${cluster}:${fields.name}`,
      id: fields.name.slice(fields.name.indexOf('/') + 1),
      // A snapshot never changes, and librbd opens it for reading only.
      readOnly: fields.name.includes('@'),
      description: `RBD image ${fields.name} of cluster "${cluster}"`,
      blockdev: blockdev(fields, configuration),
      secrets: await secrets(fields, settings.rbd?.keyring),
      countedBy: { kind: 'librbd', configuration, user: userOf(fields), image: fields.name.replace(/[/@]/g, '-') },
      // librbd addresses the image by pool and name over the network: there is no local object that could be swapped.
      verify: async () => {},
    };
  },
};

/** QAPI BlockdevOptionsRbd. */
function blockdev(fields: RbdFields, configuration: string): BlockdevOptions {
  const slash = fields.name.indexOf('/');
  const [image, snapshot] = fields.name.slice(slash + 1).split('@');
  const server = fields.hosts.map((host, index) => ({
    host: host.replace(/^\[(.*)\]$/, '$1'),
    port: fields.ports[index] ?? '',
  }));
  return {
    driver: 'rbd',
    pool: fields.name.slice(0, slash),
    image: image ?? '',
    ...(snapshot === undefined ? {} : { snapshot }),
    conf: configuration,
    // Without librbd's cache: what it holds is lost with the data plane, and a guest, which goes on, would not know. Nor does
    // it know of what other hosts write, to a volume that has several writers.
    cache: { direct: true, 'no-flush': false },
    ...(server.length === 0 ? {} : { server }),
    ...(typeof fields.auth_username === 'string' ? { user: fields.auth_username } : {}),
    'auth-client-required': [fields.auth_enabled ? 'cephx' : 'none'],
  } satisfies BlockdevNode;
}

/** Without a name Ceph's clients are the administrator. */
function userOf({ auth_username: user }: RbdFields): string {
  return user ?? 'admin';
}

async function secrets(fields: RbdFields, keyring: string | undefined): Promise<readonly BlockdevSecret[]> {
  if (!fields.auth_enabled || keyring === undefined || typeof fields.auth_username !== 'string') {
    return [];
  }
  return [{ option: 'key-secret', base64: await keyFromKeyring(keyring, fields.auth_username) }];
}
