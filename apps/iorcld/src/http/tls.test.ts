import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ApiServer } from '../../test/api-server.ts';
import { Harness } from '../../test/harness.ts';

const openssl = spawnSync('openssl', ['version']).status === 0;

it.skipIf(!openssl)(
  `serves HTTPS with the operator’s certificate${openssl ? '' : ' (skipped: no openssl)'}`,
  async () => {
    const directory = mkdtempSync(join(tmpdir(), 'iorcld-tls-'));
    const harness = new Harness();
    const [key, cert] = [join(directory, 'key.pem'), join(directory, 'cert.pem')];
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1'];
    spawnSync('openssl', [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:prime256v1',
      '-nodes',
      '-days',
      '1',
      ...subject,
      '-keyout',
      key,
      '-out',
      cert,
    ]);
    const tls = { cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') };
    const { server } = new ApiServer(harness.start(), { tls });
    try {
      await server.listen({ host: '127.0.0.1', port: 0 });
      const { port } = server.server.address() as AddressInfo;
      const body = await new Promise<string>((resolve, reject) => {
        const request = https.get(
          { host: '127.0.0.1', port, path: '/healthcheck', ca: tls.cert, agent: false },
          (response) => {
            let text = '';
            response.setEncoding('utf8').on('data', (chunk) => {
              text += chunk;
            });
            response.on('end', () => resolve(text));
          },
        );
        request.on('error', reject);
      });
      expect(body).toBe('OK\n');
    } finally {
      await server.close();
      harness.end();
      rmSync(directory, { recursive: true });
    }
  },
);
