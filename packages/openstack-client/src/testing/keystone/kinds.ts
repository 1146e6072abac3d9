import { badRequest, conflict, forbidden } from '../http/fault.ts';
import type { RouteTable } from '../http/routes.ts';
import type { KeystoneDirectory } from './directory.ts';
import { keystoneId } from './id.ts';
import type { FakeRole } from './model.ts';
import { booleanOf, nameOf, resourceRoutes, textOf } from './resource.ts';

/** Projects, users, roles, services and endpoints. */
export function kindRoutes(directory: KeystoneDirectory): RouteTable {
  const { projects, users, roles, services, endpoints } = directory;
  return {
    ...resourceRoutes({
      one: 'project',
      rows: projects,
      write: ({ id, name, description, enabled, tags }) => ({
        ...{ id, name, domain_id: 'default', description, enabled, parent_id: 'default', is_domain: false, tags },
        options: {},
      }),
      read: (fields, before) => {
        const [id, name] = [before?.id ?? keystoneId(), nameOf(fields, before)];
        const twin = projects.find((each) => each.name === name && each.id !== id);
        if (twin !== undefined) {
          throw conflict(
            `Conflict occurred attempting to store project - it is not permitted to have two projects with either the same name or same id in the same domain: name is ${name}, project id ${twin.id}.`,
          );
        }
        const { tags } = fields;
        return {
          ...{ id, name, description: textOf(fields, 'description') ?? before?.description ?? '' },
          enabled: booleanOf(fields, 'enabled') ?? before?.enabled ?? true,
          tags: Array.isArray(tags) ? tags.map(String) : (before?.tags ?? []),
        };
      },
      mayShow: (request, { id }) => request.token?.project.id === id,
    }),
    ...resourceRoutes({
      one: 'user',
      rows: users,
      write: ({ id, name, enabled, email, description, defaultProjectId }) => ({
        ...{ id, name, domain_id: 'default', enabled, password_expires_at: null, options: {} },
        ...(email === undefined ? {} : { email }),
        ...(description === undefined ? {} : { description }),
        ...(defaultProjectId === undefined ? {} : { default_project_id: defaultProjectId }),
      }),
      read: (fields, before) => {
        const [id, name] = [before?.id ?? keystoneId(), nameOf(fields, before)];
        if (users.find((each) => each.name === name && each.id !== id) !== undefined) {
          throw conflict(
            `Conflict occurred attempting to store user - Duplicate entry found with name ${name} at domain ID default.`,
          );
        }
        return {
          ...{ id, name, password: textOf(fields, 'password') ?? before?.password ?? '' },
          enabled: booleanOf(fields, 'enabled') ?? before?.enabled ?? true,
          email: textOf(fields, 'email') ?? before?.email,
          description: textOf(fields, 'description') ?? before?.description,
          defaultProjectId: textOf(fields, 'default_project_id') ?? before?.defaultProjectId,
        };
      },
      mayShow: (request, { id }) => request.token?.user.id === id,
    }),
    ...resourceRoutes({
      one: 'role',
      rows: roles,
      write: writeRole,
      read: (fields, before) => {
        const [id, name] = [before?.id ?? keystoneId(), nameOf(fields, before)];
        if (roles.find((each) => each.name === name && each.id !== id) !== undefined) {
          throw conflict(`Conflict occurred attempting to store role - Duplicate entry found with name ${name}.`);
        }
        return { id, name, description: textOf(fields, 'description') ?? null, immutable: false };
      },
      remove: ({ id, immutable }) => {
        if (immutable) throw forbidden(`Cannot delete immutable resource 'role: ${id}'.`);
        for (const each of directory.assignments()) if (each.roleId === id) directory.revoke(each);
      },
    }),
    ...resourceRoutes({
      one: 'service',
      rows: services,
      write: ({ id, name, type, description, enabled }) => ({
        ...{ name, id, type, enabled },
        ...(description === undefined ? {} : { description }),
      }),
      read: (fields, before) => {
        const type = textOf(fields, 'type') ?? before?.type;
        if (type === undefined) throw badRequest("'type' is a required property");
        return {
          ...{ id: before?.id ?? keystoneId(), type, name: textOf(fields, 'name') ?? before?.name ?? '' },
          description: textOf(fields, 'description') ?? before?.description,
          enabled: booleanOf(fields, 'enabled') ?? before?.enabled ?? true,
        };
      },
      remove: ({ id }) => {
        for (const endpoint of endpoints.all()) if (endpoint.serviceId === id) endpoints.delete(endpoint.id);
      },
    }),
    ...resourceRoutes({
      one: 'endpoint',
      rows: endpoints,
      write: ({ id, serviceId, interface: kind, region, url, enabled }) => ({
        ...{ id, interface: kind, region_id: region, service_id: serviceId, url, enabled, region },
      }),
      read: (fields, before) => {
        const serviceId = textOf(fields, 'service_id') ?? before?.serviceId ?? '';
        if (services.get(serviceId) === undefined) {
          throw badRequest(
            'Expecting to find endpoint service_id in service table. The server could not comply with the request since it is either malformed or otherwise incorrect. The client is assumed to be in error.',
          );
        }
        const kind = textOf(fields, 'interface') ?? before?.interface ?? '';
        if (!['admin', 'internal', 'public'].includes(kind)) {
          throw badRequest(
            `Invalid input for field 'interface': '${kind}' is not one of ['admin', 'internal', 'public']`,
          );
        }
        return {
          ...{ id: before?.id ?? keystoneId(), serviceId, interface: kind },
          region: textOf(fields, 'region_id') ?? textOf(fields, 'region') ?? before?.region ?? null,
          url: textOf(fields, 'url') ?? before?.url ?? '',
          enabled: booleanOf(fields, 'enabled') ?? before?.enabled ?? true,
        };
      },
    }),
  };
}

/** Without links. */
export function writeRole({ id, name, description, immutable }: FakeRole): Readonly<Record<string, unknown>> {
  return { id, name, domain_id: null, description, options: immutable ? { immutable: true } : {} };
}
