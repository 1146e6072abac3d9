import { randomBytes } from 'node:crypto';
import type { WireRecord } from '../../wire/record.ts';
import type { KeystoneDirectory } from './directory.ts';
import type { IssuedToken } from './model.ts';

export const DOMAIN = { id: 'default', name: 'Default' } as const;

export function writeToken(directory: KeystoneDirectory, token: IssuedToken, catalog: boolean): WireRecord {
  const { user, project, scope, trust } = token;
  const roleId = (name: string): string => directory.roles.find((role) => role.name === name)?.id ?? name;
  return {
    methods: token.methods,
    user: { domain: DOMAIN, id: user.id, name: user.name, password_expires_at: null },
    audit_ids: [randomBytes(16).toString('base64url')],
    expires_at: keystoneTime(token.expiresAt),
    issued_at: keystoneTime(token.issuedAt),
    ...(scope?.kind === 'project'
      ? { project: { domain: DOMAIN, id: project.id, name: project.name }, is_domain: false }
      : {}),
    ...(scope?.kind === 'domain' ? { domain: DOMAIN } : {}),
    ...(scope?.kind === 'system' ? { system: { all: true } } : {}),
    ...(trust === undefined
      ? {}
      : {
          'OS-TRUST:trust': {
            id: trust.id,
            impersonation: trust.impersonation,
            trustor_user: { id: trust.trustorId },
            trustee_user: { id: trust.trusteeId },
          },
        }),
    ...(scope === undefined ? {} : { roles: token.roles.map((name) => ({ id: roleId(name), name })) }),
    ...(catalog && scope !== undefined ? { catalog: writeCatalog(directory, token) } : {}),
  };
}

/** The enabled services with their enabled endpoints. */
export function writeCatalog(directory: KeystoneDirectory, { project }: IssuedToken): WireRecord[] {
  const enabled = directory.services.all().filter((service) => service.enabled);
  return enabled.map(({ id, type, name }) => ({
    id,
    type,
    name,
    endpoints: directory.endpoints
      .all()
      .filter((endpoint) => endpoint.serviceId === id && endpoint.enabled)
      // Without a project Keystone leaves out what needs one.
      .filter(({ url }) => project.id !== '' || !url.includes('%(project_id)s'))
      .map((endpoint) => ({
        id: endpoint.id,
        interface: endpoint.interface,
        region_id: endpoint.region,
        region: endpoint.region,
        url: endpoint.url.replace('%(project_id)s', project.id),
      })),
  }));
}

/** Microseconds and a zone, as Keystone writes it. */
export function keystoneTime(date: Date): string {
  return date.toISOString().replace('Z', '000Z');
}
