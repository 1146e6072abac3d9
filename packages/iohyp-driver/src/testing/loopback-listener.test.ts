import { closeSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { expect, it } from 'vitest';
import { loopbackListener } from './loopback-listener.ts';

it('a socket is on its own port, also where the one before is still being closed', async () => {
  const listener = await loopbackListener();
  closeSync(listener.openSocket());
  // Another thread listens there, as a daemon does that was killed and is not gone yet; and then goes.
  const worker = new Worker(
    `const { parentPort, workerData } = require('node:worker_threads');
     const server = require('node:net').createServer().listen(workerData, '127.0.0.1', () => {
       parentPort.postMessage('listening');
       setTimeout(() => server.close(), 300);
     });`,
    { eval: true, workerData: listener.port },
  );
  await new Promise((resolve) => worker.once('message', resolve));
  const descriptor = listener.openSocket();
  const again = createServer();
  await new Promise<void>((resolve, reject) => {
    again.once('error', reject);
    again.listen({ fd: descriptor }, resolve);
  });
  expect(again.address()).toMatchObject({ address: '127.0.0.1', port: listener.port });
  await new Promise((resolve) => again.close(resolve));
  await worker.terminate();
  await delay(0);
});
