import { randomUUID } from 'node:crypto';
import { isRecord, type WireRecord } from '../../wire/record.ts';
import type { FakeRequest } from '../http/exchange.ts';
import { badRequest, conflict, Fault, forbidden, notFound } from '../http/fault.ts';
import { pageOf } from '../http/paging.ts';
import type { RouteTable } from '../http/routes.ts';
import { bodyObject, optionalText, requiredText, stringRecord } from '../http/wire-body.ts';
import { type IssuedToken, isAdmin } from '../keystone/model.ts';
import type { NeutronDatabase } from '../neutron/database.ts';
import type { FakeNetwork } from '../neutron/model.ts';
import type { ComputeBackend, UserContext } from './compute.ts';
import type { NovaDatabase } from './database.ts';
import { type FakeServer, NEW_SERVER } from './model.ts';
import { writeServer } from './wire.ts';

/** A server that the request's token may see, or 404. */
export function visibleServer(database: NovaDatabase, request: FakeRequest, id: string): FakeServer {
  const server = database.server(id);
  if (server === undefined || !(isAdmin(request.token) || server.projectId === request.token?.project.id)) {
    throw notFound(`Instance ${id} could not be found.`);
  }
  return server;
}

/** The user of a request, as nova-compute gets to know them. */
export function userContext(request: FakeRequest): UserContext {
  const token: IssuedToken | undefined = request.token;
  if (token === undefined) throw new Error('a request without token got through');
  const requestId = request.header('x-openstack-request-id');
  const usable = requestId !== undefined && /^req-[0-9a-f-]{36}$/.test(requestId);
  return { token, requestId: usable ? requestId : `req-${randomUUID()}` };
}

/** Writes a server with the addresses of its ports. */
export type WriteServer = (request: FakeRequest, server: FakeServer) => WireRecord;

export function serverWriter(database: NovaDatabase, neutron: NeutronDatabase): WriteServer {
  return (request, server) => {
    const ports = neutron.ports().filter((port) => port.deviceId === server.id);
    const named = ports.map((port) => ({ port, networkName: neutron.network(port.networkId)?.name ?? port.networkId }));
    return writeServer(request, server, named, database.zoneOf(server.host));
  };
}

/** `/servers`: list, show, create, change, delete. */
export function serverRoutes(
  database: NovaDatabase,
  computes: () => readonly ComputeBackend[],
  neutron: NeutronDatabase,
  write: WriteServer,
): RouteTable {
  const list = (request: FakeRequest): FakeServer[] => {
    const everything = isAdmin(request.token) && request.query.has('all_tenants');
    const [name, host, status] = ['name', 'host', 'status'].map((filter) => request.query.get(filter));
    const since = request.query.get('changes-since');
    return database
      .servers()
      .reverse()
      .filter((server) => everything || server.projectId === request.token?.project.id)
      .filter((server) => !name || server.name.includes(name))
      .filter((server) => (!host || server.host === host) && (!status || server.status === status.toUpperCase()))
      .filter(({ flavor, imageId, projectId }) => {
        const fits = (filter: string, value: string | undefined): boolean =>
          !request.query.has(filter) || request.query.get(filter) === value;
        return fits('flavor', flavor.id) && fits('image', imageId) && (!everything || fits('project_id', projectId));
      })
      .filter(({ updatedAt }) => since === null || updatedAt.getTime() >= Date.parse(since));
  };
  return {
    'GET /v2.1/servers/detail': (request) => ({
      status: 200,
      body: pageOf(request, 'servers', list(request), (server) => write(request, server)),
    }),
    'GET /v2.1/servers': (request) => ({
      status: 200,
      body: pageOf(request, 'servers', list(request), ({ id, name }) => ({ id, name, links: [] })),
    }),
    'GET /v2.1/servers/:id': (request, parameter) => ({
      status: 200,
      body: { server: write(request, visibleServer(database, request, parameter('id'))) },
    }),
    'POST /v2.1/servers': async (request) => {
      const body = bodyObject(request.body, 'server');
      const reference = requiredText(body, 'flavorRef');
      const flavor = database.flavor(reference);
      if (flavor === undefined) throw badRequest(`Flavor ${reference} could not be found.`);
      const compute = schedule(database, computes(), optionalText(body, 'availability_zone'));
      const context = userContext(request);
      const projectId = context.token.project.id;
      const used = database.servers().filter((each) => each.projectId === projectId).length;
      const allowed = database.instanceQuotas.get(projectId);
      if (allowed !== undefined && used >= allowed) {
        throw forbidden(`Quota exceeded for instances: Requested 1, but already used ${used} of ${allowed} instances`);
      }
      const server: FakeServer = {
        ...NEW_SERVER,
        id: randomUUID(),
        metadata: stringRecord(body['metadata']),
        keyName: optionalText(body, 'key_name') ?? null,
        description: optionalText(body, 'description') ?? null,
        name: requiredText(body, 'name'),
        status: 'BUILD',
        projectId: context.token.project.id,
        userId: context.token.user.id,
        flavor,
        imageId: optionalText(body, 'imageRef'),
        host: compute.host,
        createdAt: database.now(),
        updatedAt: database.now(),
      };
      database.saveServer(server);
      try {
        const networks = networksOf(neutron, body['networks']);
        await compute.beginBoot(server, volumesOf(body), context, () => {
          for (const network of networks) neutron.addPort(network, server.id, server.projectId, server.host);
        });
      } catch (error) {
        // Nothing of a refused server stays.
        neutron.removePortsOf(server.id);
        database.removeServer(server.id);
        throw error;
      }
      return { status: 202, body: { server: { id: server.id, links: [], 'OS-DCF:diskConfig': 'MANUAL' } } };
    },
    'PUT /v2.1/servers/:id': (request, parameter) => {
      const { id, name, description } = visibleServer(database, request, parameter('id'));
      const body = bodyObject(request.body, 'server');
      database.updateServer(id, {
        name: optionalText(body, 'name') ?? name,
        description: optionalText(body, 'description') ?? description,
        updatedAt: database.now(),
      });
      return { status: 200, body: { server: write(request, visibleServer(database, request, id)) } };
    },
    'GET /v2.1/servers/:id/metadata': (request, parameter) => ({
      status: 200,
      body: { metadata: visibleServer(database, request, parameter('id')).metadata },
    }),
    'POST /v2.1/servers/:id/metadata': (request, parameter) => {
      const server = visibleServer(database, request, parameter('id'));
      const metadata = { ...server.metadata, ...stringRecord(bodyObject(request.body, 'metadata')) };
      database.updateServer(server.id, { metadata });
      return { status: 200, body: { metadata } };
    },
    'DELETE /v2.1/servers/:id': async (request, parameter) => {
      const server = visibleServer(database, request, parameter('id'));
      if (server.locked && !isAdmin(request.token)) throw conflict(`Instance ${server.id} is locked`);
      const compute = computes().find(({ host }) => host === server.host);
      if (compute === undefined) database.removeServer(server.id);
      else await compute.beginDelete(server, userContext(request));
      return { status: 204 };
    },
  };
}

/** The first host that will do. `ZONE:HOST` asks for one. */
function schedule(
  database: NovaDatabase,
  computes: readonly ComputeBackend[],
  wanted: string | undefined,
): ComputeBackend {
  const [zone = 'nova', wantedHost] = wanted?.split(':') ?? [];
  if (wanted !== undefined && !computes.some(({ host }) => database.zoneOf(host) === zone)) {
    throw badRequest('The requested availability zone is not available');
  }
  const found = computes.find(({ host }) =>
    wantedHost === undefined ? database.zoneOf(host) === zone && database.takesServers(host) : host === wantedHost,
  );
  if (found === undefined) throw new Fault(500, 'computeFault', 'No valid host was found.');
  return found;
}

function networksOf(neutron: NeutronDatabase, networks: unknown): readonly FakeNetwork[] {
  return (Array.isArray(networks) ? networks : []).map((wish) => {
    const id = isRecord(wish) ? optionalText(wish, 'uuid') : undefined;
    const network = id === undefined ? undefined : neutron.network(id);
    if (network === undefined) throw badRequest(`Network ${id} could not be found.`);
    return network;
  });
}

function volumesOf(body: WireRecord): string[] {
  const devices = body['block_device_mapping_v2'];
  return (Array.isArray(devices) ? devices : [])
    .filter(isRecord)
    .filter((device) => device['source_type'] === 'volume')
    .map((device) => requiredText(device, 'uuid'));
}
