import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { noneAuth } from '../../auth/none.ts';
import { OpenStackClient } from '../../client.ts';

it('secret payload: the bytes as they are, of a bare endpoint, too', async () => {
  const bytes = Buffer.from([0, 255, 10, 13, 128]);
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url} ${request.headers.accept}`);
    response.writeHead(200, { 'content-type': 'application/octet-stream' }).end(bytes);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const endpointOverrides = { 'key-manager': `http://127.0.0.1:${port}` };
  using cloud = new OpenStackClient({ auth: noneAuth(), endpointOverrides });
  try {
    expect(Buffer.from(await cloud.keyManager.secrets.payload('a b'))).toEqual(bytes);
    expect(asked).toEqual(['GET /v1/secrets/a%20b/payload application/octet-stream']);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});
