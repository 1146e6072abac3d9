import { inspect } from 'node:util';
import { expect, it } from 'vitest';
import { OpenStackClient, OpenStackError, passwordAuth, tokenAuth } from '../src/index.ts';
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

  const overrides = {
    compute: rogue,
    'block-storage': `http://user:${chap}@${new URL(rogue).host}/v3/x?key=${chap}`,
    identity: rogue,
  };
  const client = new OpenStackClient({ auth: passwordAuth(cloud.credentials.service), endpointOverrides: overrides });
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

  for (const value of shown) {
    const text = showings(value);
    for (const secret of new Set(secrets)) expect(text).not.toContain(secret);
  }
  expect(shown.length).toBeGreaterThan(35);
});
