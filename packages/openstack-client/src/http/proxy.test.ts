import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, request, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Deadline } from './deadline.ts';
import { HttpProxy, proxyFromEnvironment } from './proxy.ts';
import { type HttpAnswer, Transport, type TransportOptions } from './transport.ts';

async function listening(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A proxy that forwards and tunnels, and remembers what it was asked. */
async function proxy(refuse: boolean = false): Promise<{ readonly at: string; readonly asked: string[] }> {
  const asked: string[] = [];
  const server = createServer((incoming, response) => {
    asked.push(`${incoming.method} ${incoming.url} ${incoming.headers['proxy-authorization'] ?? '-'}`);
    const { 'proxy-authorization': _, ...headers } = incoming.headers;
    const onward = request(incoming.url ?? '', { method: incoming.method ?? 'GET', headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
    });
    incoming.pipe(onward);
  });
  server.on('connect', (incoming, socket) => {
    asked.push(`CONNECT ${incoming.url} ${incoming.headers['proxy-authorization'] ?? '-'}`);
    if (refuse) return socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
    const [host, port] = (incoming.url ?? '').split(':');
    const onward = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      onward.pipe(socket).pipe(onward);
    });
    onward.on('error', () => socket.destroy());
    socket.on('error', () => onward.destroy());
    return undefined;
  });
  return { at: await listening(server), asked };
}

function send(options: TransportOptions, url: string, method: string = 'GET'): Promise<HttpAnswer> {
  const transport = new Transport({ retry: { attempts: 1 }, ...options });
  onTestFinished(() => transport.close());
  const deadline = new Deadline(5_000, undefined);
  return transport.send({ method, url: new URL(url), headers: {}, deadline, facts: {} });
}

/** A key and a certificate for 127.0.0.1; undefined where openssl is missing. */
function certificate(): { readonly key: string; readonly cert: string } | undefined {
  const directory = mkdtempSync(join(tmpdir(), 'openstack-client-proxy-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const [key, cert] = [join(directory, 'key.pem'), join(directory, 'cert.pem')];
  const subject = ['-subj', '/CN=client', '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '1'];
  const made = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', ...subject];
  try {
    execFileSync('openssl', [...made, '-keyout', key, '-out', cert], { stdio: 'ignore' });
  } catch {
    return undefined;
  }
  return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
}

describe('a proxy', () => {
  it('is asked for http: URLs as they are, with its user and password', async () => {
    const origin = await listening(createServer((_, response) => response.end('from the cloud')));
    const { at, asked } = await proxy();
    for (const method of ['GET', 'POST']) {
      const answer = await send({ proxy: { url: `http://ann:p%40ss@${at}` } }, `http://${origin}/v3?a=b`, method);
      expect(answer.text).toBe('from the cloud');
    }
    const basic = `Basic ${Buffer.from('ann:p@ss').toString('base64')}`;
    expect(asked).toEqual([`GET http://${origin}/v3?a=b ${basic}`, `POST http://${origin}/v3?a=b ${basic}`]);
  });

  it('tunnels https:, so that it sees nothing, and the certificate of the cloud is checked', async (context) => {
    const made = certificate();
    if (made === undefined) return context.skip('openssl, which makes the certificate, is not installed');
    const origin = await listening(createTlsServer(made, (_, response) => response.end('private')));
    const { at, asked } = await proxy();
    const through = { proxy: { url: `http://${at}` } };
    for (const method of ['GET', 'POST']) {
      expect((await send({ ...through, ca: made.cert }, `https://${origin}/secret`, method)).text).toBe('private');
    }
    expect(asked).toEqual([`CONNECT ${origin} -`, `CONNECT ${origin} -`]);
    await expect(send(through, `https://${origin}/`)).rejects.toThrow('self-signed certificate');
    return undefined;
  });

  it('that refuses a tunnel, or is not there, is named in the error', async () => {
    const { at } = await proxy(true);
    const refused = send({ proxy: { url: `http://ann:secret-pw@${at}` } }, 'https://cloud.invalid/');
    await expect(refused).rejects.toThrow(`the proxy ${at} refused a tunnel with status 407`);
    await expect(refused).rejects.not.toThrow('secret-pw');
    const gone = send({ proxy: { url: 'http://127.0.0.1:1' } }, 'https://cloud.invalid/');
    await expect(gone).rejects.toMatchObject({
      code: 'connection_failed',
      message: expect.stringContaining('127.0.0.1:1'),
    });
    const plain = await listening(createServer((_, response) => response.end()));
    await expect(send({ proxy: { url: `http://${plain}` } }, 'https://cloud.invalid/')).rejects.toThrow('proxy');
  });

  it('is left out for the hosts of noProxy', () => {
    const { serves } = {
      serves: (target: string, ...noProxy: string[]) =>
        new HttpProxy({ url: 'http://proxy', noProxy }).serves(new URL(target)),
    };
    expect(serves('http://a.example.org/', 'example.org')).toBe(false);
    expect(serves('http://example.org/', '.example.org')).toBe(false);
    expect(serves('http://badexample.org/', 'example.org')).toBe(true);
    expect(serves('http://10.0.0.1:8774/', '10.0.0.1:8774')).toBe(false);
    expect(serves('http://10.0.0.1:8776/', '10.0.0.1:8774')).toBe(true);
    expect(serves('http://anything/', '*')).toBe(false);
  });

  it('must be a URL of http: or https:', () => {
    expect(() => new HttpProxy({ url: 'proxy' })).toThrow('proxy.url "proxy" is not a URL');
    expect(() => new HttpProxy({ url: 'socks5://proxy' })).toThrow('expected http: or https:');
  });

  it('comes from the environment only when asked for', () => {
    expect(proxyFromEnvironment({})).toBeUndefined();
    const env = { https_proxy: 'http://a', HTTP_PROXY: 'http://b', NO_PROXY: 'x, .y z' };
    expect(proxyFromEnvironment(env)).toEqual({ url: 'http://a', noProxy: ['x', '.y', 'z'] });
    expect(proxyFromEnvironment({ HTTP_PROXY: 'http://b' })).toEqual({ url: 'http://b', noProxy: [] });
  });
});

it('a client certificate is shown to a service that wants one', async (context) => {
  const made = certificate();
  if (made === undefined) return context.skip('openssl, which makes the certificate, is not installed');
  const server = createTlsServer(
    { ...made, ca: made.cert, requestCert: true, rejectUnauthorized: false },
    (incoming, response) => {
      const peer = (incoming.socket as TLSSocket).getPeerCertificate();
      response.end(String(peer.subject?.CN));
    },
  );
  const url = `https://${await listening(server)}/`;
  const clientCertificate = { certificate: made.cert, key: made.key };
  expect((await send({ ca: made.cert, clientCertificate }, url)).text).toBe('client');
  expect((await send({ verifyTls: false }, url)).text).toBe('undefined');
  return undefined;
});
