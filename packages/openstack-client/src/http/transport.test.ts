import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { Deadline } from './deadline.ts';
import { type HttpAnswer, Transport } from './transport.ts';

function openssl(...args: string[]): boolean {
  try {
    execFileSync('openssl', args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

it('https: the certificate is checked, for GET and POST alike, and `ca` is trusted', async (context) => {
  if (!openssl('version')) context.skip('openssl, which makes the certificate, is not installed');
  const directory = mkdtempSync(join(tmpdir(), 'openstack-client-tls-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const [key, certificate] = [join(directory, 'key.pem'), join(directory, 'cert.pem')];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '1'];
  const files = ['-keyout', key, '-out', certificate];
  openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', ...subject, ...files);
  const ca = readFileSync(certificate, 'utf8');
  const server = createServer({ key: readFileSync(key), cert: ca }, (_, response) => response.end('hello'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const url = new URL(`https://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  const send = (transport: Transport, method: string): Promise<HttpAnswer> =>
    transport.send({ method, url, headers: {}, deadline: new Deadline(5_000, undefined), facts: {} });

  const trusting = new Transport({ ca });
  const strict = new Transport();
  onTestFinished(() => {
    trusting.close();
    strict.close();
  });
  for (const method of ['GET', 'POST']) {
    expect((await send(trusting, method)).text).toBe('hello');
    await expect(send(strict, method)).rejects.toMatchObject({
      code: 'connection_failed',
      message: expect.stringContaining('self-signed certificate'),
    });
  }
});
