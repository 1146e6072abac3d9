import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ConfigurationError } from '../error/configuration-error.ts';
import { type CloudsOptions, fromClouds } from './from-clouds.ts';

/** Directories `near` and `far` with the given files; answers options that search them in this order. */
function written(
  files: Readonly<Record<string, string>>,
  env: CloudsOptions['env'] = {},
): CloudsOptions & { at: string } {
  const at = mkdtempSync(join(tmpdir(), 'clouds-'));
  onTestFinished(() => rmSync(at, { recursive: true }));
  for (const name of ['near', 'far']) mkdirSync(join(at, name));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(at, name), text);
  return { at, env, directories: [join(at, 'near'), join(at, 'far')] };
}

async function bodyOf(options: CloudsOptions): Promise<unknown> {
  const identification = await fromClouds(options).auth.identify();
  return identification.kind === 'authenticate' ? identification.body : identification;
}

const LAB = `clouds:
  lab:
    auth: {auth_url: 'https://k:5000/v3', username: ann, password: secret-1, project_name: p}
    region_name: one
`;

describe('fromClouds', () => {
  it('reads the only cloud of the first clouds.yaml', () => {
    const options = fromClouds(written({ 'near/clouds.yaml': LAB, 'far/clouds.yaml': 'not: [even, yaml' }));
    expect(options).toMatchObject({ region: 'one', interface: 'public' });
    expect(options.auth).toMatchObject({ name: 'password', authUrl: 'https://k:5000/v3' });
  });

  it('prefers OS_CLIENT_CONFIG_FILE, and .yaml to .yml to .json', () => {
    const json = JSON.stringify({ clouds: { j: { auth: { auth_url: 'http://j', token: 't' }, auth_type: 'token' } } });
    const files = written({ 'far/clouds.json': json, 'mine.yaml': LAB });
    expect(fromClouds(files).auth.authUrl).toBe('http://j');
    expect(fromClouds({ ...files, env: { OS_CLIENT_CONFIG_FILE: join(files.at, 'mine.yaml') } }).region).toBe('one');
  });

  it('merges secure.yaml over clouds.yaml, also from another directory', async () => {
    const clouds = `clouds:\n  lab:\n    auth: {auth_url: 'http://k', username: ann, project_name: p}\n`;
    const secure = 'clouds: {lab: {auth: {password: from-secure}}}';
    expect(await bodyOf(written({ 'near/clouds.yaml': clouds, 'far/secure.yaml': secure }))).toMatchObject({
      auth: { identity: { password: { user: { name: 'ann', password: 'from-secure' } } } },
    });
  });

  it('completes a cloud by its profile of clouds-public.yaml; the cloud wins, within auth key by key', async () => {
    const clouds = `clouds:
  mine:
    profile: vendor
    auth: {username: ann, password: secret-1, project-name: p}
    interface: internal
`;
    const vendor = `public-clouds:
  vendor:
    auth: {auth_url: 'https://vendor/v3', username: nobody, user_domain_name: Users}
    interface: admin
    regions: [north, {name: south, values: {auth_url: 'https://south/v3'}}]
`;
    const files = written({ 'near/clouds.yaml': clouds, 'near/clouds-public.yaml': vendor });
    const options = fromClouds(files);
    expect(options).toMatchObject({ region: 'north', interface: 'internal' });
    expect(options.auth.authUrl).toBe('https://vendor/v3');
    expect(await bodyOf(files)).toMatchObject({
      auth: {
        identity: { password: { user: { name: 'ann', domain: { name: 'Users' } } } },
        scope: { project: { name: 'p', domain: { name: 'Default' } } },
      },
    });
    expect(fromClouds({ ...files, region: 'south' }).auth.authUrl).toBe('https://south/v3');
    expect(fromClouds({ ...files, env: { OS_REGION_NAME: 'south' } }).region).toBe('south');
    expect(() => fromClouds({ ...files, region: 'west' })).toThrow(/Region "west" is not among .*: north, south/);
  });

  it('takes what the OS_* variables describe when no cloud is named, and the named cloud otherwise', () => {
    const variables = { OS_AUTH_URL: 'http://env', OS_TOKEN: 't' };
    const files = written({ 'near/clouds.yaml': LAB }, variables);
    expect(fromClouds(files).auth.authUrl).toBe('http://env');
    expect(fromClouds({ ...files, env: { ...variables, OS_CLOUD: 'lab' } }).auth.authUrl).toBe('https://k:5000/v3');
    expect(fromClouds({ ...files, cloud: 'lab' }).auth.authUrl).toBe('https://k:5000/v3');
    expect(fromClouds({ ...written({}), env: variables, region: 'r' }).region).toBe('r');
  });

  it.each([
    [
      'auth: {auth_url: http://k, application_credential_id: i, application_credential_secret: s}',
      'application credential',
    ],
    [
      'auth_type: v3applicationcredential\n    auth: {auth_url: http://k, application_credential_name: n, application_credential_secret: s, username: u}',
      'application credential',
    ],
    ['auth_type: none\n    auth: {endpoint: http://x}', 'none'],
    ['auth: {auth_url: http://k, token: t, project_name: p}', 'token'],
    ['auth: {auth_url: http://k, user_id: u, password: p, system_scope: all}', 'password'],
    ['auth: {auth_url: http://k, user_id: u, password: p, trust_id: t}', 'password'],
    ['auth: {auth_url: http://k, username: u, password: p, domain_name: d}', 'password'],
    ['auth_plugin: v3token\n    auth: {auth_url: http://k, auth_token: t}', 'token'],
  ])('reads %s', (cloud, name) => {
    expect(fromClouds(written({ 'near/clouds.yml': `clouds:\n  lab:\n    ${cloud}\n` })).auth.name).toBe(name);
  });

  it('reads certificates, time limits and endpoints', () => {
    const files = written({ 'ca.pem': 'CA', 'both.pem': 'KEY AND CERTIFICATE' });
    const cloud = `${LAB}    cacert: ${files.at}/ca.pem
    cert: ${files.at}/both.pem
    verify: false
    api_timeout: 2.5
    compute-endpoint-override: http://nova/v2.1
    volumev3_endpoint_override: http://cinder/v3
`;
    writeFileSync(join(files.at, 'near/clouds.yaml'), cloud);
    expect(fromClouds(files)).toMatchObject({
      ca: 'CA',
      clientCertificate: { certificate: 'KEY AND CERTIFICATE', key: 'KEY AND CERTIFICATE' },
      verifyTls: false,
      timeoutMs: 2_500,
      endpointOverrides: { compute: 'http://nova/v2.1', 'block-storage': 'http://cinder/v3' },
    });
  });

  it('uses another parser when one is given', () => {
    const files = written({ 'near/clouds.yaml': 'anything' });
    const parse = (): unknown => ({ clouds: { x: { auth: { auth_url: 'http://parsed', token: 't' } } } });
    expect(fromClouds({ ...files, parse }).auth.authUrl).toBe('http://parsed');
  });

  const cloud = (text: string): string => `clouds:\n  lab:\n    ${text}\n`;
  it.each([
    [
      'near/clouds.yaml',
      'clouds: {lab: secret-1',
      /near\/clouds.yaml: line 1: .* is missing \(or give the option parse/,
    ],
    ['near/clouds.json', '{"clouds": secret-1', /near\/clouds.json: it is not valid JSON/],
    ['near/clouds.yaml', '- secret-1', /near\/clouds.yaml: expected a mapping at its top/],
    ['near/clouds.yaml', 'clouds: secret-1', /near\/clouds.yaml: clouds is not a mapping/],
    ['near/clouds.yaml', 'clouds: {lab: secret-1}', /near\/clouds.yaml: cloud "lab" is not a mapping/],
    ['near/clouds.yaml', 'clouds: {a: {}, b: {}}', /clouds.yaml has the clouds a, b: choose one by OS_CLOUD/],
    ['near/clouds.yaml', cloud('auth: secret-1'), /auth of cloud "lab" in .*near\/clouds.yaml is not a mapping/],
    ['near/clouds.yaml', cloud('auth: {}'), /auth.auth_url of cloud "lab" in .*near\/clouds.yaml is not set/],
    ['near/clouds.yaml', cloud('auth: {auth_url: nope}'), /auth.auth_url of cloud "lab" in .*="nope" is not a URL/],
    [
      'near/clouds.yaml',
      cloud('auth: {auth_url: http://k, username: u, project_name: p}'),
      /auth.password of cloud "lab"/,
    ],
    [
      'near/clouds.yaml',
      cloud('auth: {auth_url: http://k, password: [secret-1]}'),
      /auth.password of cloud "lab" .* is not a text/,
    ],
    [
      'near/clouds.yaml',
      cloud('interface: secret\n    auth: {auth_url: http://k, token: t}'),
      /interface of cloud "lab" .*=secret is unknown/,
    ],
    [
      'near/clouds.yaml',
      cloud('verify: maybe\n    auth: {auth_url: http://k, token: t}'),
      /verify of cloud "lab" .* is neither true nor false/,
    ],
    [
      'near/clouds.yaml',
      cloud('cacert: /no/such\n    auth: {auth_url: http://k, token: t}'),
      /cacert of cloud "lab" .*=\/no\/such can't be read/,
    ],
    [
      'near/clouds.yaml',
      cloud('key: /no/such\n    auth: {auth_url: http://k, token: t}'),
      /key of cloud "lab".* cert of cloud "lab".* is not/,
    ],
    [
      'near/clouds.yaml',
      cloud('api_timeout: soon\n    auth: {auth_url: http://k, token: t}'),
      /api_timeout of .*=soon is not a number of seconds/,
    ],
    ['near/clouds.yaml', cloud('regions: one'), /regions of cloud "lab" .* is not a list/],
    ['near/clouds.yaml', cloud('regions: [3]'), /regions of cloud "lab" .* has an entry/],
    ['near/clouds.yaml', cloud('region_name: [a, b]'), /region_name of cloud "lab" .* is not a text/],
    [
      'near/clouds.yaml',
      cloud('profile: vendor'),
      /profile of cloud "lab" .* is "vendor", but there is no clouds-public.yaml/,
    ],
    ['near/clouds.yaml', cloud('profile: [x]'), /profile of cloud "lab" .* is not a name/],
    [
      'near/clouds.yaml',
      cloud('auth_type: v2password\n    auth: {auth_url: http://k}'),
      /auth_type of cloud "lab" .*=v2password is not supported/,
    ],
    [
      'near/clouds.yaml',
      cloud('auth_type: admin_token\n    auth: {auth_url: http://k}'),
      /admin_token is not supported/,
    ],
    [
      'near/clouds.yaml',
      cloud('auth: {auth_url: http://k, username: u, password: p, system_scope: some}'),
      /system_scope=some is unknown/,
    ],
  ])('names file, cloud and key: %s with %j', (name, text, message) => {
    const read = (): unknown => fromClouds(written({ [name]: text }));
    expect(read).toThrow(ConfigurationError);
    expect(read).toThrow(message);
    expect(read).not.toThrow('secret-1');
  });

  it('says which clouds there are', () => {
    const files = written({ 'near/clouds.yaml': LAB });
    expect(() => fromClouds({ ...files, cloud: 'prod' })).toThrow(
      /Cloud "prod" is not in .*near\/clouds.yaml: it has lab/,
    );
    expect(() => fromClouds({ ...written({}), cloud: 'prod' })).toThrow(/there is no clouds.yaml in .*near, .*far/);
    expect(() => fromClouds(written({}))).toThrow('OS_AUTH_URL is not set');
  });
});
