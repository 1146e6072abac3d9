import type { WireRecord } from '../../wire/record.ts';
import type { FakeRequest } from '../http/exchange.ts';
import { badRequest, notFound } from '../http/fault.ts';
import { pageOf } from '../http/paging.ts';
import type { RouteTable } from '../http/routes.ts';
import { bodyObject, optionalText, stringRecord } from '../http/wire-body.ts';
import { isAdmin } from '../keystone/model.ts';
import type { CinderDatabase } from './database.ts';
import type { FakeVolume } from './model.ts';
import { checkVolumeQuotas } from './quotas.ts';
import type { VolumeActions } from './volume-actions.ts';
import { writeVolume } from './wire.ts';

/** Metadata of an image, for volumes that are made from it. */
export type FindImage = (id: string) => WireRecord | undefined;

/** As Cinder shows it with its key manager of one fixed key. */
const FAKE_ENCRYPTION: WireRecord = {
  encryption_key_id: '00000000-0000-0000-0000-000000000000',
  provider: 'luks',
  control_location: 'front-end',
  cipher: 'aes-xts-plain64',
  key_size: 256,
};

/** What Cinder takes for a filter by metadata: `{'key': 'value'}`. */
function pythonDictionary(text: string): Readonly<Record<string, string>> {
  const quoted = /'((?:[^'\\]|\\.)*)': '((?:[^'\\]|\\.)*)'/g;
  const plain = (part = ''): string => part.replace(/\\(.)/g, '$1');
  return Object.fromEntries([...text.matchAll(quoted)].map(([, key, value]) => [plain(key), plain(value)]));
}

/** `/volumes` and its actions. */
export function volumeRoutes(
  database: CinderDatabase,
  actions: VolumeActions,
  visible: (request: FakeRequest, id: string) => FakeVolume,
  findImage: FindImage,
  creationPolls: number,
  defaultType: string,
): RouteTable {
  const pollsLeft = new Map<string, number>();
  const write = (request: FakeRequest, volume: FakeVolume, created = false): WireRecord => {
    const backend = database.type(volume.type)?.driver.backendName ?? 'none';
    const attachments = database.attachmentsOf(volume.id);
    const typeId = database.type(volume.type)?.id ?? null;
    return writeVolume(request, volume, { attachments, backend, serviceId: database.serviceId, typeId, created });
  };
  const list = (request: FakeRequest): FakeVolume[] => {
    const everything = isAdmin(request.token) && request.query.has('all_tenants');
    const [name, status] = [request.query.get('name'), request.query.get('status')];
    const wanted = pythonDictionary(request.query.get('metadata') ?? '');
    return database
      .volumes()
      .reverse()
      .filter((volume) => everything || volume.projectId === request.token?.project.id)
      .filter((volume) => (name === null || volume.name === name) && (status === null || volume.status === status))
      .filter(({ projectId }) => !everything || (request.query.get('project_id') ?? projectId) === projectId)
      .filter(({ metadata }) => Object.entries(wanted).every(([key, value]) => metadata[key] === value));
  };
  /** A volume is ready when it was asked for often enough; who waits with a clock would make tests slow. */
  const poll = (volume: FakeVolume, requestId = ''): void => {
    if (volume.status !== 'creating') return;
    const type = database.type(volume.type);
    if (type !== undefined && !database.hasBackendFor(type)) {
      database.failToPlace(volume, requestId);
      return;
    }
    const left = pollsLeft.get(volume.id) ?? creationPolls;
    pollsLeft.set(volume.id, left - 1);
    if (left <= 0) database.updateVolume(volume.id, { status: 'available' });
    // From the second look on a backend was chosen.
    else if (left < creationPolls) database.updateVolume(volume.id, {});
  };
  return {
    'GET /volumes': (request) => ({
      status: 200,
      body: pageOf(request, 'volumes', list(request), ({ id, name }) => ({ id, name, links: [] })),
    }),
    'GET /volumes/detail': (request) => {
      for (const volume of list(request)) poll(volume);
      return { status: 200, body: pageOf(request, 'volumes', list(request), (volume) => write(request, volume)) };
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
      checkVolumeQuotas(database, request.token?.project.id ?? '', { volumes: 1, gigabytes: size });
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
    'GET /volumes/:id/encryption': (request, parameter) => {
      const { encrypted, type } = visible(request, parameter('id'));
      if (!encrypted) return { status: 200, body: { encryption_key_id: null } };
      const { encryption_id: _, ...ofType } = database.type(type)?.encryption ?? { encryption_id: '' };
      return { status: 200, body: { ...FAKE_ENCRYPTION, ...ofType } };
    },
    'DELETE /volumes/:id': (request, parameter) => {
      const volume = visible(request, parameter('id'));
      const hasSnapshots = database.snapshots.find(({ volumeId }) => volumeId === volume.id) !== undefined;
      if (hasSnapshots || !/^(?:available|error|error_extending)$/.test(volume.status)) {
        throw badRequest(
          'Invalid volume: Volume status must be available or error or error_restoring or error_extending or error_managing and must not be migrating, attached, belong to a group, have snapshots, awaiting a transfer, or be disassociated from snapshots after volume transfer.',
        );
      }
      database.removeVolume(volume.id);
      return { status: 202 };
    },
    'PUT /volumes/:id': (request, parameter) => {
      const body = bodyObject(request.body, 'volume');
      const { id, name, description, metadata } = visible(request, parameter('id'));
      database.updateVolume(id, {
        name: optionalText(body, 'name') ?? name,
        description: optionalText(body, 'description') ?? description,
        metadata: body['metadata'] === undefined ? metadata : stringRecord(body['metadata']),
      });
      return { status: 200, body: { volume: write(request, visible(request, id), true) } };
    },
    'POST /volumes/:id/action': (request, parameter) => actions.run(request, visible(request, parameter('id'))),
  };
}
