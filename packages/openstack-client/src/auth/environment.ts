import type { OpenStackClientOptions } from '../client.ts';
import { ConfigurationError } from '../error/configuration-error.ts';
import { publicText } from '../http/public-url.ts';
import type { AuthMethod } from './auth-method.ts';
import type { EndpointInterface } from './catalog.ts';
import { passwordAuth } from './password.ts';
import { tokenAuth } from './token.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Client options from the `OS_*` variables that OpenStack's own clients read: OS_AUTH_URL; OS_USERNAME or OS_USER_ID,
 * OS_PASSWORD, OS_USER_DOMAIN_NAME or _ID; or OS_TOKEN; OS_PROJECT_NAME or _ID, OS_PROJECT_DOMAIN_NAME or _ID;
 * OS_REGION_NAME; OS_INTERFACE; OS_AUTH_TYPE (password, v3password, token, v3token). Throws a ConfigurationError that
 * names the variable.
 */
export function fromEnvironment(env: Environment): OpenStackClientOptions {
  const read = (name: string): string | undefined => (env[name] === '' ? undefined : env[name]);
  const region = read('OS_REGION_NAME');
  return {
    auth: authFrom(read),
    ...(region === undefined ? {} : { region }),
    interface: interfaceFrom(read('OS_INTERFACE') ?? read('OS_ENDPOINT_TYPE')),
  };
}

type Read = (name: string) => string | undefined;

function authFrom(read: Read): AuthMethod {
  const authUrl = required(read, 'OS_AUTH_URL', 'the URL of Keystone');
  if (!URL.canParse(authUrl)) throw new ConfigurationError(`OS_AUTH_URL=${publicText(authUrl)} is not a URL`);
  const version = read('OS_IDENTITY_API_VERSION');
  if (version !== undefined && !/^v?3(?:\.\d+)?$/.test(version)) {
    throw new ConfigurationError(`OS_IDENTITY_API_VERSION=${version} is not supported; expected 3`);
  }
  const project = {
    projectId: read('OS_PROJECT_ID') ?? read('OS_TENANT_ID'),
    projectName: read('OS_PROJECT_NAME') ?? read('OS_TENANT_NAME'),
    projectDomainId: read('OS_PROJECT_DOMAIN_ID') ?? read('OS_DEFAULT_DOMAIN'),
    projectDomainName: read('OS_PROJECT_DOMAIN_NAME'),
  };
  const type =
    read('OS_AUTH_TYPE') ??
    (read('OS_TOKEN') !== undefined && read('OS_PASSWORD') === undefined ? 'token' : 'password');
  switch (type) {
    case 'token':
    case 'v3token':
      return tokenAuth({ authUrl, ...project, token: required(read, 'OS_TOKEN', 'a Keystone token') });
    case 'password':
    case 'v3password':
      break;
    default:
      throw new ConfigurationError(`OS_AUTH_TYPE=${type} is not supported; expected password or token`);
  }
  const userId = read('OS_USER_ID');
  const username =
    userId === undefined ? required(read, 'OS_USERNAME', 'the user to log in as (or OS_USER_ID)') : undefined;
  if (project.projectId === undefined && project.projectName === undefined) {
    throw new ConfigurationError('OS_PROJECT_NAME is not set: it names the project to work in (or OS_PROJECT_ID)');
  }
  return passwordAuth({
    authUrl,
    ...project,
    userId,
    username,
    password: required(read, 'OS_PASSWORD', 'the password of the user (or OS_TOKEN instead)'),
    userDomainId: read('OS_USER_DOMAIN_ID') ?? read('OS_DEFAULT_DOMAIN'),
    userDomainName: read('OS_USER_DOMAIN_NAME'),
  });
}

function required(read: Read, name: string, what: string): string {
  const value = read(name);
  if (value === undefined) throw new ConfigurationError(`${name} is not set: it is ${what}`);
  return value;
}

function interfaceFrom(value: string | undefined): EndpointInterface {
  const word = value?.replace(/URL$/, '') ?? 'public';
  if (word === 'public' || word === 'internal' || word === 'admin') return word;
  throw new ConfigurationError(`OS_INTERFACE=${value} is unknown; expected public, internal or admin`);
}
