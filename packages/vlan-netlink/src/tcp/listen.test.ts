import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, it } from 'vitest';
import { boundAddress, closeDescriptor, ListenError, listenTcp } from './listen.ts';

it.each(['127.0.0.1', '::1'])('listens on %s, on a port of the kernel', (address) => {
  const fd = listenTcp({ address, port: 0 });
  const bound = boundAddress(fd);
  expect(bound.address).toBe(address);
  expect(bound.port).toBeGreaterThan(0);
  closeDescriptor(fd);
});

it('listens on every address of both families by ::', async () => {
  const fd = listenTcp({ address: '::', port: 0 });
  const { port } = boundAddress(fd);
  for (const host of ['127.0.0.1', '::1']) {
    const client = connect({ host, port });
    await once(client, 'connect');
    client.destroy();
  }
  closeDescriptor(fd);
});

it('hands the socket to a child process, which serves after we have closed our copy', async () => {
  const fd = listenTcp({ address: '127.0.0.1', port: 0 });
  const { port } = boundAddress(fd);
  const serve = `
    const server = require('node:net').createServer((c) => { c.end('from the child'); server.close(); });
    server.listen({ fd: 3 });
  `;
  const child = spawn(process.execPath, ['-e', serve], { stdio: ['ignore', 'inherit', 'inherit', fd] });
  closeDescriptor(fd);
  const client = connect({ host: '127.0.0.1', port });
  client.setEncoding('utf8');
  const [heard] = await once(client, 'data');
  expect(heard).toBe('from the child');
  await once(child, 'exit');
});

const noPython = spawnSync('python3', ['--version']).status !== 0;

it.skipIf(noPython)(
  `hands on sockets whose connections send at once, whoever accepts them${noPython ? ' (skipped: needs python3)' : ''}`,
  async () => {
    const fd = listenTcp({ address: '127.0.0.1', port: 0 });
    const { port } = boundAddress(fd);
    const accept = 'import socket as s; print(s.socket(fileno=3).accept()[0].getsockopt(s.IPPROTO_TCP, s.TCP_NODELAY))';
    const child = spawn('python3', ['-c', accept], { stdio: ['ignore', 'pipe', 'inherit', fd] });
    closeDescriptor(fd);
    const client = connect({ host: '127.0.0.1', port });
    client.on('error', () => {});
    const said = await new Promise((resolve) => child.stdout?.once('data', resolve));
    expect(String(said).trim()).not.toBe('0');
    client.destroy();
  },
);

it('says which address is taken, or belongs to no link', () => {
  const fd = listenTcp({ address: '127.0.0.1', port: 0 });
  const { port } = boundAddress(fd);
  const again = (): unknown => listenTcp({ address: '127.0.0.1', port });
  expect(again).toThrow(ListenError);
  expect(again).toThrow(`cannot listen on [127.0.0.1]:${port}: bind: EADDRINUSE`);
  closeDescriptor(fd);
  expect(() => listenTcp({ address: '192.0.2.1', port: 0 })).toThrow(
    /no link of this network namespace has the address/,
  );
});

it('refuses what is no address or port', () => {
  expect(() => listenTcp({ address: 'localhost', port: 0 })).toThrow(RangeError);
  expect(() => listenTcp({ address: '127.0.0.1', port: 65_536 })).toThrow(RangeError);
});
