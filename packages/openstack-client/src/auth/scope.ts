import { ConfigurationError } from '../error/configuration-error.ts';
import type { AuthScope } from './auth-method.ts';

/** The `scope` of an authentication request, to be spread into `auth`. Two scopes at a time are a ConfigurationError. */
export function scopeOf(options: AuthScope): Readonly<Record<string, unknown>> {
  const scopes = [projectScope(options), domainScope(options), systemScope(options), trustScope(options)];
  const [scope, second] = scopes.filter((each) => each !== undefined);
  if (scope === undefined) return {};
  if (second !== undefined) {
    const names = `${Object.keys(scope)[0]} and ${Object.keys(second)[0]}`;
    throw new ConfigurationError(`A token is for one of project, domain, system or trust; given are ${names}`);
  }
  return { scope };
}

/** Whether any scope is given. */
export function isScoped(options: AuthScope): boolean {
  return Object.hasOwn(scopeOf(options), 'scope');
}

/** A domain by id, or by name, or Keystone's own default domain. */
export function domainOf(id: string | undefined, name: string | undefined): Readonly<Record<string, string>> {
  return id === undefined ? { name: name ?? 'Default' } : { id };
}

type Scope = Readonly<Record<string, unknown>> | undefined;

function projectScope({ projectId, projectName, projectDomainId, projectDomainName }: AuthScope): Scope {
  if (projectId !== undefined) return { project: { id: projectId } };
  if (projectName === undefined) return undefined;
  return { project: { name: projectName, domain: domainOf(projectDomainId, projectDomainName) } };
}

function domainScope({ domainId, domainName }: AuthScope): Scope {
  return domainId === undefined && domainName === undefined ? undefined : { domain: domainOf(domainId, domainName) };
}

function systemScope(options: AuthScope): Scope {
  return options.systemScope === undefined ? undefined : { system: { all: true } };
}

function trustScope({ trustId }: AuthScope): Scope {
  return trustId === undefined ? undefined : { 'OS-TRUST:trust': { id: trustId } };
}
