import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { applicationCredentialAuth } from '../auth/application-credential.ts';
import type { AuthMethod, AuthScope } from '../auth/auth-method.ts';
import type { EndpointInterface } from '../auth/catalog.ts';
import { noneAuth } from '../auth/none.ts';
import { passwordAuth } from '../auth/password.ts';
import { tokenAuth } from '../auth/token.ts';
import type { OpenStackClientOptions } from '../client.ts';
import { ConfigurationError } from '../error/configuration-error.ts';
import { publicText } from '../http/public-url.ts';
import type { TlsOptions } from '../http/tls-options.ts';
import { endpointOverrides } from './endpoint-overrides.ts';

/** Settings of one cloud by the names of clouds.yaml (`auth_url`, `region_name`, …), wherever they were written. */
export interface Settings {
  /** Undefined: not set, or empty. */
  read(name: string): string | undefined;
  /** How the reader of a message finds the setting, for instance `OS_PASSWORD`. */
  label(name: string): string;
  readonly names: readonly string[];
}

/** Client options from settings. ConfigurationErrors name the setting by its label. */
export function optionsFrom(settings: Settings): OpenStackClientOptions {
  const region = settings.read('region_name');
  const timeout = settings.read('api_timeout');
  const overrides = endpointOverrides(settings);
  return {
    auth: authFrom(settings),
    ...(region === undefined ? {} : { region }),
    interface: interfaceFrom(settings),
    ...(timeout === undefined ? {} : { timeoutMs: secondsFrom(settings, 'api_timeout', timeout) * 1000 }),
    ...(Object.keys(overrides).length === 0 ? {} : { endpointOverrides: overrides }),
    ...tlsFrom(settings),
  };
}

function authFrom(settings: Settings): AuthMethod {
  const { read, label } = settings;
  const type = read('auth_type') ?? guessedType(settings);
  if (type === 'none') return noneAuth({ endpoint: read('endpoint'), projectId: read('project_id') });
  const version = read('identity_api_version');
  if (version !== undefined && !/^v?3(?:\.\d+)?$/.test(version)) {
    throw new ConfigurationError(`${label('identity_api_version')}=${version} is not supported; expected 3`);
  }
  const authUrl = required(settings, 'auth_url', 'the URL of Keystone');
  if (!URL.canParse(authUrl)) throw new ConfigurationError(`${label('auth_url')}=${publicText(authUrl)} is not a URL`);
  switch (type) {
    case 'token':
    case 'v3token':
      return tokenAuth({ authUrl, ...scopeFrom(settings), token: required(settings, 'token', 'a Keystone token') });
    case 'v3applicationcredential':
      return applicationCredential(settings, authUrl);
    case 'password':
    case 'v3password':
      return password(settings, authUrl);
    default: {
      const known = 'password, token, v3applicationcredential or none';
      throw new ConfigurationError(`${label('auth_type')}=${type} is not supported; expected ${known}`);
    }
  }
}

function guessedType({ read }: Settings): string {
  if (read('application_credential_id') !== undefined || read('application_credential_name') !== undefined) {
    return 'v3applicationcredential';
  }
  return read('token') !== undefined && read('password') === undefined ? 'token' : 'password';
}

function password(settings: Settings, authUrl: string): AuthMethod {
  const userId = settings.read('user_id');
  const what = `the user to log in as (or ${settings.label('user_id')})`;
  const username = userId === undefined ? required(settings, 'username', what) : undefined;
  const scope = scopeFrom(settings);
  if (Object.values(scope).every((value) => value === undefined)) {
    const name = settings.label('project_name');
    throw new ConfigurationError(
      `${name} is not set: it names the project to work in (or ${settings.label('project_id')})`,
    );
  }
  const secret = required(settings, 'password', `the password of the user (or ${settings.label('token')} instead)`);
  return passwordAuth({ authUrl, ...scope, userId, username, password: secret, ...userDomain(settings) });
}

function applicationCredential(settings: Settings, authUrl: string): AuthMethod {
  const { read } = settings;
  const secret = required(settings, 'application_credential_secret', "the application credential's secret");
  const id = read('application_credential_id');
  if (id !== undefined) return applicationCredentialAuth({ authUrl, id, secret });
  const name = required(settings, 'application_credential_name', 'the application credential (or its id)');
  const userId = read('user_id');
  const user =
    userId === undefined ? { username: required(settings, 'username', "the credential's user") } : { userId };
  return applicationCredentialAuth({ authUrl, name, ...user, ...userDomain(settings), secret });
}

function userDomain({ read }: Settings): { readonly userDomainId?: string; readonly userDomainName?: string } {
  const userDomainName = read('user_domain_name');
  const userDomainId =
    read('user_domain_id') ??
    (userDomainName === undefined ? (read('domain_id') ?? read('default_domain')) : undefined);
  const name = userDomainName ?? (userDomainId === undefined ? read('domain_name') : undefined);
  return {
    ...(userDomainId === undefined ? {} : { userDomainId }),
    ...(name === undefined ? {} : { userDomainName: name }),
  };
}

/** A domain beside a project is the domain of user and project; alone, it is what the token is for. */
function scopeFrom({ read }: Settings): AuthScope {
  const trustId = read('trust_id');
  if (trustId !== undefined) return { trustId };
  const system = read('system_scope');
  if (system !== undefined) {
    if (system !== 'all') throw new ConfigurationError(`system_scope=${system} is unknown; expected all`);
    return { systemScope: 'all' };
  }
  const projectId = read('project_id') ?? read('tenant_id');
  const projectName = read('project_name') ?? read('tenant_name');
  if (projectId === undefined && projectName === undefined) {
    return { domainId: read('domain_id'), domainName: read('domain_name') };
  }
  const projectDomainName = read('project_domain_name');
  const shared = projectDomainName === undefined ? (read('domain_id') ?? read('default_domain')) : undefined;
  return {
    projectId,
    projectName,
    projectDomainId: read('project_domain_id') ?? shared,
    projectDomainName: projectDomainName ?? (shared === undefined ? read('domain_name') : undefined),
  };
}

function required({ read, label }: Settings, name: string, what: string): string {
  const value = read(name);
  if (value === undefined) throw new ConfigurationError(`${label(name)} is not set: it is ${what}`);
  return value;
}

function interfaceFrom({ read, label }: Settings): EndpointInterface {
  const name = read('interface') === undefined && read('endpoint_type') !== undefined ? 'endpoint_type' : 'interface';
  const value = read(name);
  const word = value?.replace(/URL$/, '') ?? 'public';
  if (word === 'public' || word === 'internal' || word === 'admin') return word;
  throw new ConfigurationError(`${label(name)}=${value} is unknown; expected public, internal or admin`);
}

function secondsFrom({ label }: Settings, name: string, value: string): number {
  const seconds = Number(value);
  if (seconds > 0 && Number.isFinite(seconds)) return seconds;
  throw new ConfigurationError(`${label(name)}=${value} is not a number of seconds`);
}

function tlsFrom(settings: Settings): TlsOptions {
  const verify = truth(settings, 'verify') ?? true;
  const insecure = truth(settings, 'insecure') ?? false;
  if (settings.read('cert') === undefined && settings.read('key') !== undefined) {
    throw new ConfigurationError(`${settings.label('key')} is set, but ${settings.label('cert')} is not`);
  }
  const certificate = fileOf(settings, 'cert');
  const key = fileOf(settings, 'key');
  const ca = fileOf(settings, 'cacert');
  return {
    ...(ca === undefined ? {} : { ca }),
    // A key may be in the same file as its certificate.
    ...(certificate === undefined ? {} : { clientCertificate: { certificate, key: key ?? certificate } }),
    ...(verify && !insecure ? {} : { verifyTls: false }),
  };
}

function truth({ read, label }: Settings, name: string): boolean | undefined {
  const value = read(name);
  if (value === undefined) return undefined;
  if (/^(?:true|1|yes|on)$/i.test(value)) return true;
  if (/^(?:false|0|no|off)$/i.test(value)) return false;
  throw new ConfigurationError(`${label(name)}=${value} is neither true nor false`);
}

function fileOf({ read, label }: Settings, name: string): string | undefined {
  const path = read(name);
  if (path === undefined) return undefined;
  try {
    return readFileSync(path.replace(/^~(?=\/)/, homedir()), 'utf8');
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ConfigurationError(`${label(name)}=${path} can't be read: ${reason}`, { cause });
  }
}
