import { parseConnection } from '../connection-info/connection.ts';
import { type ConnectionInfo, DriverError } from '../contract.ts';
import type { Backend, BackendSettings, PreparedBackend } from './backend.ts';
import { fileBackend } from './file/file-backend.ts';
import { iscsiBackend } from './iscsi/iscsi-backend.ts';
import { localBackend } from './local/local-backend.ts';
import { nbdBackend } from './nbd/nbd-backend.ts';
import { nfsBackend } from './nfs/nfs-backend.ts';
import { nvmeofBackend } from './nvmeof/nvmeof-backend.ts';
import { rbdBackend } from './rbd/rbd-backend.ts';

/** Types of Cinder that no process can open by itself. */
const connectedByKernel: ReadonlySet<string> = new Set(['fibre_channel', 'iser']);

/** Every way to open a volume that we know. */
const backends: readonly Backend[] = [
  fileBackend,
  iscsiBackend,
  localBackend,
  nbdBackend,
  nfsBackend,
  nvmeofBackend,
  rbdBackend,
];

/**
 * Finds the backend for a connection_info and prepares it. Changes nothing.
 * @throws {DriverError} `bad_connection_info`, `unsafe_path`, `backend_failed`
 */
export async function prepareBackend(
  connectionInfo: ConnectionInfo,
  settings: BackendSettings,
  { willDecrypt = false }: { readonly willDecrypt?: boolean | undefined } = {},
): Promise<{ readonly backend: PreparedBackend; readonly readOnly: boolean }> {
  const connection = parseConnection(connectionInfo);
  const backend = backends.find(({ volumeTypes }) => volumeTypes.includes(connection.volumeType));
  if (backend === undefined) {
    const advice = connectedByKernel.has(connection.volumeType)
      ? '. It needs an initiator of the kernel: connect it on the I/O host and hand it over as "local"'
      : '';
    const known = backends.flatMap(({ volumeTypes }) => volumeTypes).map((type) => `"${type}"`);
    throw new DriverError(
      'bad_connection_info',
      `connection_info of type "${connection.volumeType}": no backend opens this type; known types are ${known.join(', ')}${advice}`,
    );
  }
  // Whoever doesn't say that the ciphertext will be decrypted would export it as if it were the disk.
  if (connection.encrypted !== willDecrypt) {
    const text = connection.encrypted
      ? 'encrypted is true, and nothing says that a "luks" interposer will decrypt it; exporting it would hand out ciphertext'
      : 'encrypted is not true, but a "luks" interposer is announced';
    throw new DriverError('bad_connection_info', `connection_info of type "${connection.volumeType}": ${text}`);
  }
  const prepared = await backend.prepare(connection, settings);
  return { backend: prepared, readOnly: connection.readOnly || prepared.readOnly === true };
}
