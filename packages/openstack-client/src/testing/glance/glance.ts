import { isRecord, type WireRecord } from '../../wire/record.ts';
import type { FakeRequest } from '../http/exchange.ts';
import type { FakeServiceDefinition } from '../http/fake-service.ts';
import { badRequest, conflict, forbidden, notFound } from '../http/fault.ts';
import { isAdmin } from '../keystone/model.ts';
import type { GlanceDatabase } from './database.ts';
import type { FakeImage } from './model.ts';
import { readImage, writeImage } from './wire.ts';

const PAGE = 25;

/** Glance v2: images with their bytes. Its errors are HTML pages, as the real one's are. */
export function glance(database: GlanceDatabase): FakeServiceDefinition {
  const mayRead = (request: FakeRequest, image: FakeImage): boolean =>
    isAdmin(request.token) ||
    image.ownerId === request.token?.project.id ||
    image.visibility === 'public' ||
    image.visibility === 'community';
  const visible = (request: FakeRequest, id: string, message = `No image found with ID ${id}`): FakeImage => {
    const image = database.image(id);
    if (image === undefined || !mayRead(request, image)) throw notFound(message);
    return image;
  };
  const own = (request: FakeRequest, id: string, message?: string): FakeImage => {
    const image = visible(request, id, message);
    const owner = image.ownerId === request.token?.project.id;
    if (!owner && !isAdmin(request.token)) throw forbidden(`You are not authorized to complete this action.`);
    return image;
  };
  const publicOnlyByAdmins = (request: FakeRequest, visibility: string | undefined): void => {
    if (visibility === 'public' && !isAdmin(request.token)) {
      throw forbidden('You are not authorized to complete publicize_image action.');
    }
  };
  return {
    name: 'image',
    isPublic: (_, path) => path === '/' || path === '/versions',
    faultBody: ({ status, message }) => page(status, message),
    routes: {
      'GET /': (request) => ({ status: 300, body: versions(request) }),
      'GET /versions': (request) => ({ status: 200, body: versions(request) }),
      'GET /v2/images': (request) => {
        const fitting = database
          .images()
          .filter((image) => mayRead(request, image) && image.visibility !== 'community')
          .map(writeImage)
          .filter((image) => fits(request, image));
        return { status: 200, body: onePage(request, fitting) };
      },
      'POST /v2/images': (request) => {
        const image = readImage(request.body);
        publicOnlyByAdmins(request, image.visibility);
        if (image.id !== undefined && database.image(image.id) !== undefined) {
          throw conflict(`Image ID ${image.id} already exists!`);
        }
        const added = database.add({ ...image, ownerId: request.token?.project.id ?? '' });
        const location = `${request.origin}/v2/images/${added.id}`;
        return { status: 201, headers: { location }, body: writeImage(added) };
      },
      'GET /v2/images/:id': (request, parameter) => ({
        status: 200,
        body: writeImage(visible(request, parameter('id'))),
      }),
      'PATCH /v2/images/:id': (request, parameter) => {
        const image = own(request, parameter('id'));
        const change = patch(image, request.body);
        publicOnlyByAdmins(request, change.visibility);
        database.update(image.id, change);
        return { status: 200, body: writeImage(visible(request, image.id)) };
      },
      'DELETE /v2/images/:id': (request, parameter) => {
        const id = parameter('id');
        const image = own(request, id, `Failed to find image ${id} to delete`);
        if (image.protected) throw forbidden(`Image ${id} is protected and cannot be deleted.`);
        database.remove(id);
        return { status: 204 };
      },
      'PUT /v2/images/:id/file': (request, parameter) => {
        const image = own(request, parameter('id'));
        if (request.header('content-type') !== 'application/octet-stream') {
          throw badRequest('The Content-Type must be application/octet-stream');
        }
        if (image.status !== 'queued') {
          throw conflict(`Image status transition from ${image.status} to saving is not allowed`);
        }
        if (image.diskFormat === null || image.containerFormat === null) {
          throw badRequest('Properties disk_format, container_format must be set prior to saving data.');
        }
        database.update(image.id, { status: 'active', bytes: request.bytes });
        return { status: 204 };
      },
      'GET /v2/images/:id/file': (request, parameter) => {
        const { bytes } = visible(request, parameter('id'));
        if (bytes === undefined) return { status: 204 };
        return { status: 200, bytes, headers: { 'content-type': 'application/octet-stream' } };
      },
    },
  };
}

function versions(request: FakeRequest): WireRecord {
  const links = [{ rel: 'self', href: `${request.origin}/v2/` }];
  return { versions: [{ id: 'v2.15', status: 'CURRENT', links }] };
}

/** What stands in a query beside filters. */
const PAGING = new Set(['limit', 'marker', 'sort', 'sort_key', 'sort_dir']);

function fits(request: FakeRequest, image: WireRecord): boolean {
  return [...request.query].every(([name, value]) => {
    if (PAGING.has(name)) return true;
    if (name === 'tag') return Array.isArray(image['tags']) && image['tags'].includes(value);
    const wanted = value.startsWith('in:') ? value.slice(3).split(',') : [value];
    return wanted.includes(String(image[name]));
  });
}

function onePage(request: FakeRequest, images: readonly WireRecord[]): WireRecord {
  const marker = request.query.get('marker');
  const limit = Number(request.query.get('limit') ?? PAGE);
  const begin = marker === null ? 0 : images.findIndex(({ id }) => id === marker) + 1;
  if (marker !== null && begin === 0) throw badRequest(`Invalid marker: ${marker}`);
  const found = images.slice(begin, begin + limit);
  const link = (query: URLSearchParams): string => `/v2/images${query.size === 0 ? '' : `?${query}`}`;
  const first = new URLSearchParams(request.query);
  first.delete('marker');
  const next = new URLSearchParams(first);
  next.set('marker', String(found.at(-1)?.['id']));
  return {
    images: found,
    first: link(first),
    schema: '/v2/schemas/images',
    ...(begin + limit < images.length ? { next: link(next) } : {}),
  };
}

/** A JSON patch of single properties, as Glance's clients send it. */
function patch(image: FakeImage, body: unknown): Partial<FakeImage> {
  if (!Array.isArray(body)) throw badRequest('Request body must be a JSON array of operation objects.');
  const changed: Record<string, unknown> = { ...image.properties };
  for (const operation of body) {
    const path: unknown = isRecord(operation) ? operation['path'] : undefined;
    if (!isRecord(operation) || typeof path !== 'string') throw badRequest('Operations must be JSON objects.');
    const name = path.replace(/^\//, '');
    if (operation['op'] === 'remove') delete changed[name];
    else changed[name] = operation['value'];
  }
  return readImage(changed);
}

function page(status: number, message: string): string {
  const title = `${status} ${TITLES[status] ?? 'Error'}`;
  const escaped = message.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll("'", '&#x27;');
  return `<html>
 <head>
  <title>${title}</title>
 </head>
 <body>
  <h1>${title}</h1>
  ${escaped}<br /><br />



 </body>
</html>`;
}

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  403: 'Forbidden',
  404: 'Not Found',
  409: 'Conflict',
};
