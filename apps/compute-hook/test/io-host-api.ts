import * as http from 'node:http';
import * as https from 'node:https';
import {
  type Attachment,
  type CreateAttachmentResponse,
  createAttachmentRequestSchema,
  type NetworkView,
} from '@iorcl/api';
import type { OpenStackClient } from '@iorcl/openstack-client';
import type { FakeCloud } from '@iorcl/openstack-client/testing';
import type { IoHostEnd } from './io-host-end.ts';

/** iorcld's HTTP API as far as the hook uses it, with a real export behind each attachment. */
export class IoHostApi implements AsyncDisposable {
  readonly #server: http.Server;
  readonly #scheme: 'http' | 'https';

  private constructor(server: http.Server, scheme: 'http' | 'https') {
    this.#server = server;
    this.#scheme = scheme;
  }

  static async start(parts: {
    readonly cloud: FakeCloud;
    readonly cinder: OpenStackClient;
    readonly end: IoHostEnd;
    readonly network: NetworkView;
    /** PEM; without it the API is served in the clear. */
    readonly tls?: { readonly cert: string; readonly key: string };
  }): Promise<IoHostApi> {
    const listener: http.RequestListener = (request, response) => {
      void answer(parts, request).then(({ status, body }) => {
        response.writeHead(status, { 'content-type': 'application/json' });
        response.end(body === undefined ? undefined : JSON.stringify(body));
      });
    };
    const { tls } = parts;
    const server = tls === undefined ? http.createServer(listener) : https.createServer(tls, listener);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new IoHostApi(server, tls === undefined ? 'http' : 'https');
  }

  get url(): string {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('not listening');
    return `${this.#scheme}://127.0.0.1:${address.port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

type Parts = Parameters<typeof IoHostApi.start>[0];

/** What was attached, by the end that has it. */
const attached = new WeakMap<IoHostEnd, Map<string, Attachment>>();

async function answer(
  parts: Parts,
  request: http.IncomingMessage,
): Promise<{ readonly status: number; readonly body?: unknown }> {
  const id = request.url?.split('?')[0]?.split('/')[3];
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const [, verb] = (request.url ?? '').split(`${id}/`);
  if (request.method === 'POST' && id !== undefined && verb === 'resize') return await resize(parts, id);
  if (request.method === 'POST') {
    return { status: 200, body: await attach(parts, JSON.parse(Buffer.concat(chunks).toString())) };
  }
  const all = [...(attached.get(parts.end)?.values() ?? [])].filter((each) => parts.end.has(each.id));
  if (request.method === 'GET' && id === undefined) return { status: 200, body: { attachments: all } };
  if (id === undefined || !parts.end.has(id)) {
    const error = { code: 'attachment_not_found', message: 'unknown', requestId: 'req-0' };
    return { status: 404, body: { error } };
  }
  if (request.method === 'GET') return { status: 200, body: { attachment: all.find((each) => each.id === id) } };
  await parts.end.unexport(id);
  return { status: 204 };
}

/** As iorcld: the size is Cinder's. */
async function resize({ cloud, end }: Parts, id: string): Promise<{ readonly status: number; readonly body: unknown }> {
  const known = attached.get(end)?.get(id);
  const sizeBytes = cloud.volume(known?.volumeId ?? '')?.sizeBytes ?? 0;
  if (known === undefined) throw new Error(`${id} is not attached`);
  await end.resize(id, sizeBytes);
  const attachment = { ...known, sizeBytes };
  attached.get(end)?.set(id, attachment);
  return { status: 200, body: { attachment, exportedBytes: sizeBytes } };
}

async function attach({ cloud, cinder, end, network }: Parts, json: unknown): Promise<CreateAttachmentResponse> {
  const { attachmentId, computeHost, mountpoint } = createAttachmentRequestSchema.parse(json);
  const connector = { host: 'io-1', mountpoint };
  const { raw, volumeId, instanceId = '' } = await cinder.blockStorage.attachments.update(attachmentId, connector);
  const { connection_info: _secret, ...attachment } = raw;
  const sizeBytes = cloud.volume(volumeId)?.sizeBytes ?? 0;
  const file = cloud.volumeFile(volumeId);
  const access = await end.export({ network, instanceId, attachmentId, file, sizeBytes });
  const now = new Date().toISOString();
  const known: Attachment = {
    id: attachmentId,
    instanceId,
    volumeId,
    sizeBytes,
    readOnly: false,
    mode: 'host',
    driver: 'qsd',
    ioHost: 'io-1',
    computeHost,
    status: 'attached',
    network,
    address: access.address,
    port: access.port,
    fault: null,
    createdAt: now,
    updatedAt: now,
  };
  attached.set(end, (attached.get(end) ?? new Map()).set(attachmentId, known));
  return {
    attachment: known,
    access,
    cinder: { attachment, accessMode: 'rw', qosSpecs: null, cacheable: false },
  };
}
