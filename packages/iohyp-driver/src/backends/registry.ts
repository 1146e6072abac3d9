import { parseConnection } from '../connection-info/connection.ts';
import { type ConnectionInfo, DriverError } from '../contract.ts';
import type { Backend, BackendSettings, PreparedBackend } from './backend.ts';
import { fileBackend } from './file/file-backend.ts';
import { rbdBackend } from './rbd/rbd-backend.ts';

/** Every way to open a volume that we know. */
const backends: readonly Backend[] = [fileBackend, rbdBackend];

/**
 * Finds the backend for a connection_info and prepares it. Changes nothing.
 * @throws {DriverError} `bad_connection_info`, `unsafe_path`, `backend_failed`
 */
export async function prepareBackend(
  connectionInfo: ConnectionInfo,
  settings: BackendSettings,
): Promise<{ readonly backend: PreparedBackend; readonly readOnly: boolean }> {
  const connection = parseConnection(connectionInfo);
  const backend = backends.find(({ volumeTypes }) => volumeTypes.includes(connection.volumeType));
  if (backend === undefined) {
    const known = backends.flatMap(({ volumeTypes }) => volumeTypes).map((type) => `"${type}"`);
    throw new DriverError(
      'bad_connection_info',
      `connection_info of type "${connection.volumeType}": no backend opens this type; known types are ${known.join(', ')}`,
    );
  }
  return { backend: await backend.prepare(connection, settings), readOnly: connection.readOnly };
}
