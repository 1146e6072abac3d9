import type { FakeAnswer, FakeRequest } from '../http/exchange.ts';
import type { FakeServiceDefinition } from '../http/fake-service.ts';
import { badRequest, notFound } from '../http/fault.ts';
import type { Handler, RouteTable } from '../http/routes.ts';
import { isAdmin } from '../keystone/model.ts';
import { type AskNova, AttachmentRules } from './attachment-rules.ts';
import { attachmentRoutes } from './attachments.ts';
import type { CinderDatabase } from './database.ts';
import { messageRoutes } from './messages.ts';
import type { FakeVolume } from './model.ts';
import { qosSpecsRoutes } from './qos-specs.ts';
import { serviceRoutes } from './services.ts';
import { snapshotRoutes } from './snapshots.ts';
import { typeRoutes } from './types.ts';
import { type TellNova, VolumeActions } from './volume-actions.ts';
import { type FindImage, volumeRoutes } from './volumes.ts';

export interface CinderOptions {
  readonly askNova: AskNova;
  readonly tellNova: TellNova;
  readonly findImage: FindImage;
  /** How often a new volume says `creating` before it is `available`. */
  readonly creationPolls: number;
  /** Volume type of volumes for which none was asked. */
  readonly defaultType: string;
}

/** Cinder v3, microversions 3.0 to 3.70: volumes, attachments, types, QoS specs, snapshots, services, version discovery at the root. */
export function cinder(database: CinderDatabase, options: CinderOptions): FakeServiceDefinition {
  const visibleVolume = (request: FakeRequest, id: string): FakeVolume => {
    const volume = database.volume(id);
    if (volume === undefined || !(isAdmin(request.token) || volume.projectId === request.token?.project.id)) {
      throw notFound(`Volume ${id} could not be found.`);
    }
    return volume;
  };
  const rules = new AttachmentRules(database, options.askNova);
  const actions = new VolumeActions(database, rules, options.tellNova);
  const resources: RouteTable = {
    ...volumeRoutes(database, actions, visibleVolume, options.findImage, options.creationPolls, options.defaultType),
    ...attachmentRoutes(database, rules, visibleVolume),
    ...typeRoutes(database),
    ...qosSpecsRoutes(database),
    ...snapshotRoutes(database, visibleVolume),
    ...serviceRoutes(database),
    ...messageRoutes(database),
  };
  return {
    name: 'block-storage',
    microversions: { word: 'volume', major: 3, min: 0, max: 70 },
    isPublic: (_, path) => path === '/' || path === '/v3' || path === '/v3/',
    faultBody: ({ kind, status, message }) => ({ [kind]: { code: status, message } }),
    routes: {
      'GET /': (request) => versions(request, 300),
      'GET /v3': (request) => versions(request, 200),
      ...belowProject(resources),
    },
  };
}

function versions(request: FakeRequest, status: number): FakeAnswer {
  const version = {
    id: 'v3.0',
    status: 'CURRENT',
    version: '3.70',
    min_version: '3.0',
    updated: '2022-08-31T00:00:00Z',
    links: [
      { rel: 'describedby', type: 'text/html', href: 'https://docs.openstack.org/' },
      { rel: 'self', href: `${request.origin}/v3/` },
    ],
    'media-types': [{ base: 'application/json', type: 'application/vnd.openstack.volume+json;version=3' }],
  };
  return { status, body: { versions: [version] } };
}

/** Each route below `/v3/PROJECT_ID`, which must be the token's project, and below `/v3` itself. */
function belowProject(resources: RouteTable): RouteTable {
  const routes: Record<string, Handler> = {};
  for (const [pattern, handler] of Object.entries(resources)) {
    const [verb, path] = pattern.split(' ');
    routes[`${verb} /v3${path}`] = handler;
  }
  for (const [pattern, handler] of Object.entries(resources)) {
    const [verb, path] = pattern.split(' ');
    routes[`${verb} /v3/:project${path}`] = (request, parameter) => {
      const project = parameter('project');
      if (!/^[0-9a-f]{32}$/.test(project)) throw notFound('The resource could not be found.');
      if (project !== request.token?.project.id) throw badRequest('Malformed request url');
      return handler(request, parameter);
    };
  }
  return routes;
}
