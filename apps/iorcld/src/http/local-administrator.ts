import { chmodSync, existsSync, lstatSync, rmSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import { dirname } from 'node:path';
import { ConfigurationError } from '@iorcl/service';
import type { FastifyInstance } from 'fastify';
import type { Caller } from '../cloud/contract.ts';

/** Whoever may open the socket is root or of the service's group, and may change the journal's file as well. */
export const LOCAL_ADMINISTRATOR: Caller = {
  userId: 'local',
  userName: 'local administrator',
  projectName: undefined,
  systemScoped: true,
  roles: ['admin'],
};

const localConnections = new WeakSet<net.Socket>();

/** Whether a request came over the local administrator's socket. */
export function isLocalAdministrator(request: http.IncomingMessage): boolean {
  return localConnections.has(request.socket);
}

/** A listening socket. */
export interface LocalSocket {
  close(): Promise<void>;
}

/**
 * Serves the API on a unix socket, too: without tokens, since its file mode 0660 says who may.
 *
 * @throws ConfigurationError when the path is taken by something else than a socket that nobody listens on any more
 */
export async function listenLocally(
  server: FastifyInstance,
  path: string,
  limits: http.ServerOptions,
): Promise<LocalSocket> {
  // Node would say that permission is denied.
  if (!existsSync(dirname(path))) {
    throw new ConfigurationError([`[api] unix_socket = ${path}: there is no directory ${dirname(path)}`]);
  }
  await removeStaleSocket(path);
  const local = http.createServer(limits, (request, response) => server.routing(request, response));
  local.on('connection', (socket) => localConnections.add(socket));
  await new Promise<void>((resolve, reject) => {
    local.once('error', (cause) => {
      reject(new ConfigurationError([`[api] unix_socket = ${path}: can't listen: ${cause.message}`], cause));
    });
    // Nobody else may connect in the moment before chmod.
    const before = process.umask(0o117);
    local.listen(path, resolve);
    process.umask(before);
  });
  chmodSync(path, 0o660);
  return {
    close: async () => {
      const closed = new Promise<void>((resolve) => local.close(() => resolve()));
      local.closeIdleConnections();
      await closed;
      rmSync(path, { force: true });
    },
  };
}

async function removeStaleSocket(path: string): Promise<void> {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (!found.isSocket())
    throw new ConfigurationError([`[api] unix_socket = ${path}: there is something that is no socket`]);
  const used = await new Promise<boolean>((resolve) => {
    const socket = net.connect(path);
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
  if (used) throw new ConfigurationError([`[api] unix_socket = ${path}: another program listens on it`]);
  rmSync(path);
}
