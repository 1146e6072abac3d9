import type { ProjectScope } from './auth-method.ts';

/** The `scope` of an authentication request, to be spread into `auth`. */
export function scopeOf(options: ProjectScope): Readonly<Record<string, unknown>> {
  if (options.projectId !== undefined) return { scope: { project: { id: options.projectId } } };
  if (options.projectName === undefined) return {};
  const domain = domainOf(options.projectDomainId, options.projectDomainName);
  return { scope: { project: { name: options.projectName, domain } } };
}

/** A domain by id, or by name, or Keystone's own default domain. */
export function domainOf(id: string | undefined, name: string | undefined): Readonly<Record<string, string>> {
  return id === undefined ? { name: name ?? 'Default' } : { id };
}
