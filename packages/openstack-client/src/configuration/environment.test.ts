import { describe, expect, it } from 'vitest';
import { ConfigurationError } from '../error/configuration-error.ts';
import { fromEnvironment } from './environment.ts';

const complete = {
  OS_AUTH_URL: 'https://keystone:5000/v3',
  OS_USERNAME: 'ann',
  OS_PASSWORD: 'a secret',
  OS_PROJECT_NAME: 'lab',
  OS_USER_DOMAIN_NAME: 'Users',
  OS_PROJECT_DOMAIN_ID: 'd1',
  OS_REGION_NAME: 'north',
  OS_INTERFACE: 'internal',
};

describe('fromEnvironment', () => {
  it('reads user, project, domains, region and interface', () => {
    const options = fromEnvironment(complete);
    expect(options).toMatchObject({ region: 'north', interface: 'internal' });
    expect(options.auth.authUrl).toBe('https://keystone:5000/v3');
    expect(options.auth.identify()).toMatchObject({
      body: {
        auth: {
          identity: { password: { user: { name: 'ann', domain: { name: 'Users' }, password: 'a secret' } } },
          scope: { project: { name: 'lab', domain: { id: 'd1' } } },
        },
      },
    });
  });

  it('uses the default domain where none is named', () => {
    const { OS_USER_DOMAIN_NAME: _, OS_PROJECT_DOMAIN_ID: __, ...env } = complete;
    expect(fromEnvironment(env).auth.identify()).toMatchObject({
      body: { auth: { identity: { password: { user: { domain: { name: 'Default' } } } } } },
    });
  });

  it('takes a token instead of a password', () => {
    const { OS_USERNAME: _, OS_PASSWORD: __, ...env } = complete;
    const { auth } = fromEnvironment({ ...env, OS_TOKEN: 'a token' });
    expect(auth.name).toBe('token');
  });

  it.each(['OS_AUTH_URL', 'OS_USERNAME', 'OS_PASSWORD', 'OS_PROJECT_NAME'])('says that %s is missing', (name) => {
    for (const value of [undefined, '']) {
      const read = (): unknown => fromEnvironment({ ...complete, [name]: value });
      expect(read).toThrow(ConfigurationError);
      expect(read).toThrow(`${name} is not set`);
    }
  });

  it.each([
    ['OS_AUTH_URL', 'keystone', 'OS_AUTH_URL="keystone" is not a URL'],
    ['OS_INTERFACE', 'private', 'OS_INTERFACE=private is unknown; expected public, internal or admin'],
    ['OS_AUTH_TYPE', 'v2password', 'OS_AUTH_TYPE=v2password is not supported'],
    ['OS_IDENTITY_API_VERSION', '2.0', 'OS_IDENTITY_API_VERSION=2.0 is not supported; expected 3'],
  ])('refuses %s=%s', (name, value, message) => {
    expect(() => fromEnvironment({ ...complete, [name]: value })).toThrow(message);
  });

  it('accepts the old spelling of an interface', () => {
    expect(fromEnvironment({ ...complete, OS_INTERFACE: 'publicURL' }).interface).toBe('public');
  });
});
