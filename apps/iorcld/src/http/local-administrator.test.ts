import { existsSync, mkdtempSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApiClient } from '@iorcl/api';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ApiServer } from '../../test/api-server.ts';
import { Harness } from '../../test/harness.ts';
import { type LocalSocket, listenLocally } from './local-administrator.ts';
import { REQUEST_LIMITS } from './server.ts';

let directory: string;
let path: string;
let harness: Harness;
let api: ApiServer;
let local: LocalSocket | undefined;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'iorcld-socket-'));
  path = join(directory, 'iorcld.sock');
  harness = new Harness();
  api = new ApiServer(harness.start());
  await api.server.ready();
  local = undefined;
});
afterEach(async () => {
  await local?.close();
  await api.server.close();
  harness.end();
  rmSync(directory, { recursive: true });
});

it('serves all of the API without tokens, also while Keystone is away, to whoever may open the socket', async () => {
  api.keystone.validate = () => Promise.reject(new Error('Keystone is down'));
  local = await listenLocally(api.server, path, REQUEST_LIMITS);
  expect(statSync(path).mode & 0o777).toBe(0o660);
  const client = new ApiClient({ endpoint: `unix:${path}` });
  expect(await client.listHosts()).toMatchObject([{ host: 'io-1', status: 'enabled' }]);
  await client.drainHost('io-1', 'new disks');
  expect(api.log.join('')).toMatch(
    /audit: drain host: done user="local administrator" userId=local .*reason="new disks"/,
  );
});

it('is not limited, so that an administrator gets through also while others storm', async () => {
  api.limits.rate = { perSecond: 0.001, burst: 1 };
  local = await listenLocally(api.server, path, REQUEST_LIMITS);
  const client = new ApiClient({ endpoint: `unix:${path}` });
  for (const _ of [1, 2, 3]) await client.listHosts();
});

it('goes when it is closed, and one left behind by a crash is replaced', async () => {
  local = await listenLocally(api.server, path, REQUEST_LIMITS);
  await local.close();
  expect(existsSync(path)).toBe(false);
  // A listener whose file is taken away and put back has died, as far as anybody can tell.
  const crashed = net.createServer();
  await new Promise<void>((resolve) => crashed.listen(path, resolve));
  crashed.unref();
  renameSync(path, `${path}.kept`);
  await new Promise((resolve) => crashed.close(resolve));
  renameSync(`${path}.kept`, path);
  local = await listenLocally(api.server, path, REQUEST_LIMITS);
  expect(await new ApiClient({ endpoint: `unix:${path}` }).listHosts()).toHaveLength(1);
});

it('ends with whoever follows events over it', async () => {
  const socket = await listenLocally(api.server, path, REQUEST_LIMITS);
  const stop = new AbortController();
  const following = new ApiClient({ endpoint: `unix:${path}` }).events({ signal: stop.signal, reconnectMs: 1 }).next();
  await vi.waitFor(() => expect(api.events.followers).toBe(1), 15_000);
  await Promise.all([api.server.close(), socket.close()]);
  expect(api.events.followers).toBe(0);
  stop.abort();
  expect(await following).toMatchObject({ done: true });
});

it('refuses a path on which another program listens', async () => {
  const other = net.createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => other.listen(path, resolve));
  await expect(listenLocally(api.server, path, REQUEST_LIMITS)).rejects.toThrow(/another program listens on it/);
  await new Promise((resolve) => other.close(resolve));
});

it('refuses a path with something else, and does not touch that', async () => {
  writeFileSync(path, 'mine');
  await expect(listenLocally(api.server, path, REQUEST_LIMITS)).rejects.toThrow(/something that is no socket/);
  expect(existsSync(path)).toBe(true);
});

it('a directory that is not there is said to be the reason', async () => {
  const missing = join(directory, 'none', 'iorcld.sock');
  await expect(listenLocally(api.server, missing, REQUEST_LIMITS)).rejects.toThrow(
    /unix_socket = .*: there is no directory .*none/,
  );
});
