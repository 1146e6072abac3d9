import type { OpenStackClientOptions } from '../client.ts';
import { optionsFrom, type Settings } from './settings.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Client options from the `OS_*` variables that OpenStack's own clients read: OS_AUTH_URL; OS_USERNAME or OS_USER_ID,
 * OS_PASSWORD, OS_USER_DOMAIN_NAME or _ID; or OS_TOKEN; or OS_APPLICATION_CREDENTIAL_ID (or _NAME) and _SECRET;
 * OS_PROJECT_NAME or _ID, OS_PROJECT_DOMAIN_NAME or _ID; OS_DOMAIN_NAME or _ID; OS_SYSTEM_SCOPE; OS_TRUST_ID;
 * OS_REGION_NAME; OS_INTERFACE; OS_CACERT, OS_CERT, OS_KEY, OS_INSECURE; OS_COMPUTE_ENDPOINT_OVERRIDE, …; OS_AUTH_TYPE
 * (password, token, v3applicationcredential, none). Throws a ConfigurationError that names the variable.
 */
export function fromEnvironment(env: Environment): OpenStackClientOptions {
  return optionsFrom(environmentSettings(env));
}

export function environmentSettings(env: Environment): Settings {
  const variable = (name: string): string => `OS_${name.toUpperCase()}`;
  return {
    read: (name) => env[variable(name)] || undefined,
    label: variable,
    names: Object.keys(env).filter((name) => name.startsWith('OS_')),
  };
}
