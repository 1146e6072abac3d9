import { spawn } from 'node:child_process';
import { createServer, type Server } from 'node:net';
import { boundAddress } from '../../src/index.ts';
import type { TenantNetwork, TenantNetworkPlugs } from '../../src/tenant-network/contract.ts';

/** A server on a tenant network that greets whoever connects, and remembers how many did. */
export interface Greeter {
  readonly port: number;
  greeted(): number;
  stop(): Promise<void>;
}

export async function greet(
  plugs: Pick<TenantNetworkPlugs, 'listen'>,
  network: TenantNetwork,
  address: string,
  greeting: string,
  port = 0,
): Promise<Greeter> {
  const fd = plugs.listen(network, address, port);
  // Node itself would look for the scope's link in this thread's namespace.
  const bound = boundAddress(fd);
  let greeted = 0;
  const server: Server = createServer((connection) => {
    greeted += 1;
    connection.on('error', () => undefined);
    connection.end(greeting);
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen({ fd }, resolve);
  await promise;
  return {
    port: bound.port,
    greeted: () => greeted,
    stop: () => new Promise((stopped) => server.close(() => stopped())),
  };
}

const client = `
  const { connect } = require('node:net');
  const [host, port] = process.argv.slice(1);
  const socket = connect({ host, port: Number(port), timeout: 1000 });
  socket.on('timeout', () => { process.stdout.write('ETIMEDOUT'); process.exit(); });
  socket.on('error', (error) => { process.stdout.write(error.code); process.exit(); });
  socket.pipe(process.stdout);
`;

/** What a process inside the network hears from there: the greeting, or the name of an error. */
export async function hear(
  plugs: Pick<TenantNetworkPlugs, 'runInside'>,
  network: TenantNetwork,
  address: string,
  port: number,
): Promise<string> {
  const child = plugs.runInside(network, () =>
    spawn(process.execPath, ['-e', client, address, String(port)], { stdio: ['ignore', 'pipe', 'inherit'] }),
  );
  let heard = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    heard += text;
  });
  return await new Promise((resolve, reject) => child.once('error', reject).once('close', () => resolve(heard)));
}
