import { createHash } from 'node:crypto';
import type { WireRecord } from '../../wire/record.ts';
import type { FakeRequest } from '../http/exchange.ts';
import { badRequest, conflict, notFound } from '../http/fault.ts';
import { pageOf } from '../http/paging.ts';
import type { RouteTable } from '../http/routes.ts';
import { bodyObject, optionalText, requiredText } from '../http/wire-body.ts';
import type { NovaDatabase } from './database.ts';
import type { FakeKeypair } from './model.ts';

/** `/os-keypairs` of the request's user: public keys only; it makes none. */
export function keypairRoutes(database: NovaDatabase): RouteTable {
  const own = (request: FakeRequest): FakeKeypair[] =>
    database.keypairs.filter(({ userId }) => userId === request.token?.user.id);
  const existing = (request: FakeRequest, name: string): FakeKeypair => {
    const keypair = own(request).find((each) => each.name === name);
    if (keypair === undefined) throw notFound(`Keypair ${name} not found for user ${request.token?.user.id}`);
    return keypair;
  };
  return {
    'GET /v2.1/os-keypairs': (request) => ({
      status: 200,
      body: pageOf(
        request,
        'keypairs',
        own(request).map((keypair) => ({ id: keypair.name, keypair })),
        ({ keypair }) => ({ keypair: write(request, keypair) }),
      ),
    }),
    'POST /v2.1/os-keypairs': (request) => {
      const body = bodyObject(request.body, 'keypair');
      const name = requiredText(body, 'name');
      const publicKey = requiredText(body, 'public_key');
      if (own(request).some((each) => each.name === name)) throw conflict(`Key pair '${name}' already exists.`);
      const [, data] = publicKey.split(' ');
      if (data === undefined) throw badRequest('Keypair data is invalid: failed to generate fingerprint');
      const digest = createHash('md5').update(Buffer.from(data, 'base64')).digest('hex');
      const keypair: FakeKeypair = {
        name,
        publicKey,
        type: optionalText(body, 'type') ?? 'ssh',
        fingerprint: (digest.match(/../g) ?? []).join(':'),
        userId: request.token?.user.id ?? '',
      };
      database.keypairs = [...database.keypairs, keypair];
      return { status: 201, body: { keypair: { ...write(request, keypair), user_id: keypair.userId } } };
    },
    'GET /v2.1/os-keypairs/:name': (request, parameter) => {
      const keypair = existing(request, parameter('name'));
      const more = {
        user_id: keypair.userId,
        created_at: null,
        deleted: false,
        deleted_at: null,
        id: 1,
        updated_at: null,
      };
      return { status: 200, body: { keypair: { ...write(request, keypair), ...more } } };
    },
    'DELETE /v2.1/os-keypairs/:name': (request, parameter) => {
      const gone = existing(request, parameter('name'));
      database.keypairs = database.keypairs.filter((each) => each !== gone);
      return { status: 204 };
    },
  };
}

function write(request: FakeRequest, { name, publicKey, fingerprint, type }: FakeKeypair): WireRecord {
  return { name, public_key: publicKey, fingerprint, ...(request.minor >= 2 ? { type } : {}) };
}
