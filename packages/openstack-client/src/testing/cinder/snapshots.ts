import { randomUUID } from 'node:crypto';
import type { WireRecord } from '../../wire/record.ts';
import type { FakeRequest } from '../http/exchange.ts';
import { badRequest, notFound } from '../http/fault.ts';
import { pageOf } from '../http/paging.ts';
import type { RouteTable } from '../http/routes.ts';
import { bodyObject, optionalText, requiredText, stringRecord } from '../http/wire-body.ts';
import { isAdmin } from '../keystone/model.ts';
import type { CinderDatabase } from './database.ts';
import type { FakeSnapshot, FakeVolume } from './model.ts';
import { checkVolumeQuotas } from './quotas.ts';
import { cinderTime } from './wire.ts';

/** `/snapshots`. Nothing is copied: only the rows are there. Ready, and gone, at the second look. */
export function snapshotRoutes(
  database: CinderDatabase,
  visibleVolume: (request: FakeRequest, id: string) => FakeVolume,
): RouteTable {
  const { snapshots } = database;
  const visible = (request: FakeRequest, id: string): FakeSnapshot => {
    const snapshot = snapshots.get(id);
    if (snapshot === undefined || !(isAdmin(request.token) || snapshot.projectId === request.token?.project.id)) {
      throw notFound(`Snapshot ${id} could not be found.`);
    }
    return snapshot;
  };
  /** What a backend would have done by the next time that somebody asks. */
  const settle = (snapshot: FakeSnapshot): void => {
    if (snapshot.status === 'creating') {
      snapshots.save({ ...snapshot, status: 'available', updatedAt: database.now() });
    } else if (snapshot.status === 'deleting') snapshots.delete(snapshot.id);
  };
  const list = (request: FakeRequest): FakeSnapshot[] => {
    const everything = isAdmin(request.token) && request.query.has('all_tenants');
    const fits = (name: string, value: string | null): boolean =>
      !request.query.has(name) || request.query.get(name) === value;
    return snapshots
      .all()
      .reverse()
      .filter((snapshot) => everything || snapshot.projectId === request.token?.project.id)
      .filter(
        ({ volumeId, name, status }) => fits('volume_id', volumeId) && fits('name', name) && fits('status', status),
      );
  };
  return {
    'GET /snapshots/detail': (request) => {
      const body = pageOf(request, 'snapshots', list(request), (snapshot) => write(request, snapshot));
      for (const snapshot of list(request)) settle(snapshot);
      return { status: 200, body };
    },
    'POST /snapshots': (request) => {
      const body = bodyObject(request.body, 'snapshot');
      const volume = visibleVolume(request, requiredText(body, 'volume_id'));
      if (volume.status !== 'available' && !(volume.status === 'in-use' && body['force'] === true)) {
        throw badRequest(
          `Invalid volume: Volume ${volume.id} status must be available, but current status is: ${volume.status}.`,
        );
      }
      checkVolumeQuotas(database, request.token?.project.id ?? '', { snapshots: 1, gigabytes: volume.sizeGiB });
      const snapshot = snapshots.save({
        id: randomUUID(),
        volumeId: volume.id,
        name: optionalText(body, 'name') ?? null,
        description: optionalText(body, 'description') ?? null,
        status: 'creating',
        sizeGiB: volume.sizeGiB,
        metadata: stringRecord(body['metadata']),
        projectId: request.token?.project.id ?? '',
        userId: request.token?.user.id ?? '',
        createdAt: database.now(),
        updatedAt: undefined,
      });
      return { status: 202, body: { snapshot: write(request, snapshot, true) } };
    },
    'GET /snapshots/:id': (request, parameter) => {
      const snapshot = visible(request, parameter('id'));
      settle(snapshot);
      return { status: 200, body: { snapshot: write(request, snapshot) } };
    },
    'PUT /snapshots/:id': (request, parameter) => {
      const body = bodyObject(request.body, 'snapshot');
      const before = visible(request, parameter('id'));
      const snapshot = snapshots.save({
        ...before,
        name: optionalText(body, 'name') ?? before.name,
        description: optionalText(body, 'description') ?? before.description,
        updatedAt: database.now(),
      });
      return { status: 200, body: { snapshot: write(request, snapshot) } };
    },
    'DELETE /snapshots/:id': (request, parameter) => {
      const snapshot = visible(request, parameter('id'));
      if (snapshot.status !== 'available') {
        throw badRequest(
          'Invalid snapshot: Snapshot status must be available or error and must not be part of a group.',
        );
      }
      snapshots.save({ ...snapshot, status: 'deleting', updatedAt: database.now() });
      return { status: 202 };
    },
  };
}

function write(request: FakeRequest, snapshot: FakeSnapshot, created = false): WireRecord {
  return {
    id: snapshot.id,
    created_at: cinderTime(snapshot.createdAt),
    updated_at: snapshot.updatedAt === undefined ? null : cinderTime(snapshot.updatedAt),
    name: snapshot.name,
    description: snapshot.description,
    volume_id: snapshot.volumeId,
    status: snapshot.status,
    size: snapshot.sizeGiB,
    metadata: snapshot.metadata,
    ...(request.minor >= 14 ? { group_snapshot_id: null } : {}),
    ...(request.minor >= 41 ? { user_id: snapshot.userId } : {}),
    ...(request.minor >= 65 ? { consumes_quota: true } : {}),
    ...(created
      ? {}
      : {
          'os-extended-snapshot-attributes:project_id': snapshot.projectId,
          'os-extended-snapshot-attributes:progress': snapshot.status === 'creating' ? '0%' : '100%',
        }),
  };
}
