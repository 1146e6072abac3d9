import { inspect } from 'node:util';
import { expect, it } from 'vitest';
import {
  applicationCredentialAuth,
  type CallEvent,
  fromClouds,
  OpenStackClient,
  OpenStackError,
  passwordAuth,
  tokenAuth,
  withServiceToken,
} from '../src/index.ts';
import { rogueServer } from './rogue-server.ts';
import { temporaryCloud } from './temporary-cloud.ts';

/** All the ways in which a value ends up in a log. */
function showings(value: unknown): string {
  const texts = [
    inspect(value, { depth: 20, showHidden: true, getters: true }),
    JSON.stringify(value) ?? '',
    String(value),
  ];
  if (value instanceof Error) texts.push(value.stack ?? '', value.message, showings(value.cause));
  return texts.join('\n');
}

it('no error, client or authentication method shows a password, a token or a storage credential', async () => {
  const cloud = await temporaryCloud();
  const { password } = cloud.credentials.service;
  const secrets = [password];
  const chap = 'chap-secret-of-the-storage';
  const subject = 'gAAAAAsubject-token-of-a-user';
  secrets.push(chap, subject);

  /** Repeats all it was told, as a badly written service does, in ways that break the answer differently. */
  const replies: ((echo: string) => [status: number, type: string, body: string])[] = [
    (echo) => [400, 'application/json', JSON.stringify({ badRequest: { message: `You sent ${echo}` } })],
    (echo) => [401, 'application/json', JSON.stringify({ error: { message: `Bad token in ${echo}` } })],
    (echo) => [500, 'text/html', `<html>${echo}</html>`],
    (echo) => [200, 'text/plain', echo],
    (echo) => [200, 'application/json', `{"attachment": {"connection_info": {"auth_password": "${chap}"}, ${echo}`],
    () => [200, 'application/json', JSON.stringify({ attachment: { id: { auth_password: chap } } })],
    () => [302, 'text/plain', ''],
  ];
  let reply = 0;
  const rogue = await rogueServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const echo = `${JSON.stringify(request.headers)} ${Buffer.concat(chunks).toString()}`;
      const [status, type, body] = replies[reply % replies.length]?.(echo) ?? [500, 'text/plain', ''];
      response.writeHead(status, {
        'content-type': type,
        location: `http://user:${password}@elsewhere/?token=${chap}`,
      });
      response.end(body);
    });
  });

  const events: CallEvent[] = [];
  const observe = (event: CallEvent): void => void events.push(event);
  const overrides = {
    compute: rogue,
    'block-storage': `http://user:${chap}@${new URL(rogue).host}/v3/x?key=${chap}`,
    identity: rogue,
  };
  const client = new OpenStackClient({
    auth: passwordAuth(cloud.credentials.service),
    endpointOverrides: overrides,
    observe,
  });
  secrets.push(await client.token());
  const shown: unknown[] = [
    client,
    passwordAuth(cloud.credentials.service),
    tokenAuth({ authUrl: rogue, token: subject }),
  ];
  const collect = async (work: Promise<unknown>): Promise<void> => {
    const error: unknown = await work.then(
      () => new Error('should have failed'),
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(OpenStackError);
    shown.push(error);
  };
  for (reply = 0; reply < replies.length; reply++) {
    await collect(client.blockStorage.attachments.get('a'));
    await collect(client.compute.servers.get('s'));
    await collect(client.identity.validateToken(subject));
    await collect(
      new OpenStackClient({ auth: passwordAuth({ ...cloud.credentials.service, authUrl: rogue }) }).token(),
    );
    await collect(
      new OpenStackClient({ auth: tokenAuth({ authUrl: rogue, token: subject, projectName: 'p' }) }).token(),
    );
    secrets.push(await client.token());
  }
  await collect(client.compute.servers.list({}, { timeoutMs: 0 }));
  await cloud.outage('identity', 'refused');
  await collect(new OpenStackClient({ auth: passwordAuth(cloud.credentials.service) }).token());
  await collect(new OpenStackClient({ auth: tokenAuth({ authUrl: rogue, token: `${subject}\n` }) }).token());

  // The other ways in, and a proxy, with secrets of their own.
  const credential = 'secret-of-an-application-credential';
  const proxyPassword = 'password-of-the-proxy';
  secrets.push(credential, proxyPassword);
  const proxy = { url: `http://ann:${proxyPassword}@127.0.0.1:1` };
  const ways = [
    applicationCredentialAuth({ authUrl: rogue, id: 'c', secret: credential }),
    withServiceToken(tokenAuth({ authUrl: rogue, token: subject }), passwordAuth(cloud.credentials.service)),
    passwordAuth({ authUrl: rogue, userId: 'u', password: credential, trustId: 't' }),
  ];
  for (const auth of ways) {
    for (reply = 0; reply < replies.length; reply++) await collect(new OpenStackClient({ auth }).token());
    shown.push(auth, new OpenStackClient({ auth, proxy }));
    await collect(new OpenStackClient({ auth, proxy, retry: { attempts: 1 } }).token());
  }
  const user = { name: 'u', password: credential };
  for (reply = 0; reply < replies.length; reply++) await collect(client.identity.users.create(user));
  const clouds = { clouds: { x: { auth: { auth_url: rogue, token: [credential] } } } };
  try {
    fromClouds({ cloud: 'x', env: { OS_CLIENT_CONFIG_FILE: import.meta.filename }, parse: () => clouds });
  } catch (error) {
    shown.push(error);
  }
  shown.push(events);

  for (const value of shown) {
    const text = showings(value);
    for (const secret of new Set(secrets)) expect(text).not.toContain(secret);
  }
  expect(events.length).toBeGreaterThan(20);
  expect(shown.length).toBeGreaterThan(75);
});
