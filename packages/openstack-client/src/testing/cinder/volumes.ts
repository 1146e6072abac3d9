import { isRecord, type WireRecord } from '../../wire/record.ts';
import type { FakeRequest } from '../http/exchange.ts';
import { badRequest, notFound } from '../http/fault.ts';
import type { RouteTable } from '../http/routes.ts';
import { bodyObject, optionalText } from '../http/wire-body.ts';
import { isAdmin } from '../keystone/model.ts';
import type { AttachmentRules } from './attachment-rules.ts';
import { isServiceRequest } from './attachments.ts';
import type { CinderDatabase } from './database.ts';
import type { FakeVolume } from './model.ts';
import { writeVolume } from './wire.ts';

/** Metadata of an image, for volumes that are made from it. */
export type FindImage = (id: string) => WireRecord | undefined;

/** `/volumes` and its actions. */
export function volumeRoutes(
  database: CinderDatabase,
  rules: AttachmentRules,
  visible: (request: FakeRequest, id: string) => FakeVolume,
  findImage: FindImage,
  creationPolls: number,
  defaultType: string,
): RouteTable {
  const pollsLeft = new Map<string, number>();
  const write = (request: FakeRequest, volume: FakeVolume, created = false): WireRecord => {
    const backend = database.type(volume.type)?.backendName ?? 'none';
    const attachments = database.attachmentsOf(volume.id);
    return writeVolume(request, volume, attachments, backend, database.serviceId, created);
  };
  const list = (request: FakeRequest): FakeVolume[] => {
    const everything = isAdmin(request.token) && request.query.has('all_tenants');
    const name = request.query.get('name');
    return database
      .volumes()
      .filter((volume) => everything || volume.projectId === request.token?.project.id)
      .filter((volume) => name === null || volume.name === name);
  };
  /** A volume is ready when it was asked for often enough; who waits with a clock would make tests slow. */
  const poll = (volume: FakeVolume): void => {
    if (volume.status !== 'creating') return;
    const left = pollsLeft.get(volume.id) ?? creationPolls;
    pollsLeft.set(volume.id, left - 1);
    if (left <= 0) database.updateVolume(volume.id, { status: 'available' });
    // From the second look on a backend was chosen.
    else if (left < creationPolls) database.updateVolume(volume.id, {});
  };
  return {
    'GET /volumes': (request) => ({
      status: 200,
      body: {
        volumes: list(request).map(({ id, name }) => ({ id, name, links: [] })),
      },
    }),
    'GET /volumes/detail': (request) => {
      for (const volume of list(request)) poll(volume);
      return { status: 200, body: { volumes: list(request).map((volume) => write(request, volume)) } };
    },
    'POST /volumes': (request) => {
      const body = bodyObject(request.body, 'volume');
      const size = body['size'];
      if (typeof size !== 'number' || !Number.isInteger(size) || size < 1) {
        throw badRequest(`Invalid input received: Volume size '${String(size)}' must be an integer and greater than 0`);
      }
      const type = optionalText(body, 'volume_type') ?? defaultType;
      if (database.type(type) === undefined) {
        throw notFound(`Volume type with name ${type} could not be found.`);
      }
      const image = optionalText(body, 'imageRef');
      const imageMetadata = image === undefined ? undefined : findImage(image);
      if (image !== undefined && imageMetadata === undefined) {
        throw badRequest('Invalid image identifier or unable to access requested image.');
      }
      const volume = database.addVolume(
        {
          name: optionalText(body, 'name'),
          description: optionalText(body, 'description'),
          sizeGiB: size,
          type,
          bootable: image !== undefined,
          imageMetadata,
          metadata: stringRecord(body['metadata']),
        },
        request.token?.project.id ?? '',
        request.token?.user.id ?? '',
        'creating',
      );
      return { status: 202, body: { volume: write(request, volume, true) } };
    },
    'GET /volumes/:id': (request, parameter) => {
      poll(visible(request, parameter('id')));
      return { status: 200, body: { volume: write(request, visible(request, parameter('id'))) } };
    },
    'DELETE /volumes/:id': (request, parameter) => {
      const volume = visible(request, parameter('id'));
      if (!['available', 'error'].includes(volume.status)) {
        throw badRequest(
          'Invalid volume: Volume status must be available or error or error_restoring or error_extending or error_managing and must not be migrating, attached, belong to a group, have snapshots, awaiting a transfer, or be disassociated from snapshots after volume transfer.',
        );
      }
      database.removeVolume(volume.id);
      return { status: 202 };
    },
    'POST /volumes/:id/action': (request, parameter) => {
      const volume = visible(request, parameter('id'));
      if (!isRecord(request.body)) throw badRequest('Malformed request body');
      if ('os-begin_detaching' in request.body) rules.beginDetaching(volume);
      else if ('os-roll_detaching' in request.body) rules.rollDetaching(volume);
      else if ('os-force_detach' in request.body) forceDetach(database, rules, request, volume);
      else throw badRequest(`There is no such action: ${Object.keys(request.body).join(', ')}`);
      return { status: 202 };
    },
    'GET /types': () => ({
      status: 200,
      body: {
        volume_types: database.types().map(({ name, backendName }) => ({
          id: name,
          name,
          is_public: true,
          description: null,
          extra_specs: { volume_backend_name: backendName },
          qos_specs_id: null,
          'os-volume-type-access:is_public': true,
        })),
      },
    }),
  };
}

function forceDetach(database: CinderDatabase, rules: AttachmentRules, request: FakeRequest, volume: FakeVolume): void {
  for (const attachment of database.attachmentsOf(volume.id)) rules.delete(attachment, isServiceRequest(request));
}

function stringRecord(value: unknown): Record<string, string> {
  const entries = Object.entries(isRecord(value) ? value : {});
  return Object.fromEntries(entries.map(([key, item]) => [key, String(item)]));
}
