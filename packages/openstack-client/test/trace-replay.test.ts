import { request } from 'node:http';
import { describe, expect, it } from 'vitest';
import type { FakeCloud } from '../src/testing/index.ts';
import { isRecord } from '../src/wire/record.ts';
import { temporaryCloud } from './temporary-cloud.ts';
import { type RecordedOwner, type RecordedRequest, readTrace, traceNames } from './traces.ts';

describe('the fake Cinder answers each request that a real Cinder was recorded answering', () => {
  for (const name of traceNames()) {
    const trace = readTrace(name);
    if (trace.length === 0) continue;
    it(`${name}: ${trace.length} requests, the same statuses, fields and states`, async () => {
      const replay = await Replay.prepare(trace);
      for (const [index, recorded] of trace.entries()) {
        const answer = await replay.send(recorded);
        const where = `${name} #${index + 1}: ${recorded.from} ${recorded.method} ${recorded.path}`;
        const expected = recorded.real_response ?? recorded.response ?? undefined;
        // Ids that Cinder made: the fake made others.
        replay.learn(expected, answer.body);
        expect(answer.status, where).toBe(recorded.status);
        expect(comparable(answer.body, ''), where).toEqual(comparable(replay.translate(expected), ''));
      }
    });
  }
});

it('recordings without a request are among the fixtures: an operation that asks nothing is a result too', () => {
  expect(traceNames().filter((name) => readTrace(name).length === 0)).toContain('hard-reboot');
});

/** Sends recorded requests to a fake cloud that was brought into the state that the recording begins with. */
class Replay {
  readonly #cloud: FakeCloud;
  readonly #ids = new Map<string, string>();

  private constructor(cloud: FakeCloud) {
    this.#cloud = cloud;
  }

  static async prepare(trace: readonly RecordedRequest[]): Promise<Replay> {
    const cloud = await temporaryCloud({ volumeCreationPolls: 2, defaultVolumeType: 'rbd' });
    cloud.addFlavor({ name: 'any' });
    const replay = new Replay(cloud);
    replay.#mapProjects(trace);
    const server = cloud.addServer({ name: 'recorded', flavor: 'any', host: 'aio', project: 'admin' });
    const text = JSON.stringify(trace);
    for (const [, id] of text.matchAll(/"(?:instance_uuid|server_id|instance)":"([0-9a-f-]{36})"/g)) {
      if (id !== undefined) replay.#ids.set(id, server.id);
    }
    replay.#mapImages(trace);
    const volumeId = replay.#addVolume(trace);
    await replay.#addAttachments(trace, volumeId, server.id);
    return replay;
  }

  /** What was recorded, with the fake cloud's ids. */
  translate(value: unknown): unknown {
    if (value === undefined) return undefined;
    let text = JSON.stringify(value);
    for (const [recorded, fake] of this.#ids) text = text.replaceAll(recorded, fake);
    return JSON.parse(text);
  }

  learn(recorded: unknown, answered: unknown): void {
    for (const key of ['attachment', 'volume']) {
      const [before, now] = [field(recorded, key), field(answered, key)];
      const [id, fakeId] = [field(before, 'id'), field(now, 'id')];
      if (typeof id === 'string' && typeof fakeId === 'string' && !this.#ids.has(id)) this.#ids.set(id, fakeId);
    }
  }

  send(recorded: RecordedRequest): Promise<Answer> {
    const body = recorded.forwarded_body ?? recorded.body;
    return this.#send(
      recorded.method,
      String(this.translate(recorded.path)),
      this.#token(recorded.token),
      this.#token(recorded.service_token),
      recorded.microversion,
      body === null ? undefined : this.translate(body),
    );
  }

  #mapProjects(trace: readonly RecordedRequest[]): void {
    for (const { path, token, service_token } of trace) {
      for (const owner of [token, service_token]) {
        this.#cloud.addUser({ name: owner.user, project: owner.project, roles: owner.roles });
      }
      const recorded = /^\/v3\/([0-9a-f]{32})\//.exec(path)?.[1];
      if (recorded !== undefined) this.#ids.set(recorded, this.#token(token, true));
    }
    // Where the owner's project is not the asking one (extend), the answer names it.
    const owner = /"os-vol-tenant-attr:tenant_id":"([0-9a-f]{32})"/.exec(JSON.stringify(trace))?.[1];
    if (owner !== undefined) this.#ids.set(owner, this.#cloud.state.keystone.project('admin').id);
  }

  #mapImages(trace: readonly RecordedRequest[]): void {
    const metadata = trace
      .map(({ response }) => field(field(response, 'volume'), 'volume_image_metadata'))
      .find(isRecord);
    if (metadata === undefined) return;
    const id = this.#cloud.addImage({ name: String(metadata['image_name']), metadata });
    this.#ids.set(String(metadata['image_id']), id);
  }

  /** The one volume of a recording, unless the recording makes it itself. Answers its id in the fake cloud. */
  #addVolume(trace: readonly RecordedRequest[]): string {
    if (trace.some(({ method, path }) => method === 'POST' && path.endsWith('/volumes'))) return '';
    const shown = trace.map(({ response }) => field(response, 'volume')).find(isRecord);
    const metadata = this.translate(field(shown, 'volume_image_metadata'));
    const volume = this.#cloud.addVolume({
      name: typeof shown?.['name'] === 'string' ? shown['name'] : undefined,
      sizeGiB: typeof shown?.['size'] === 'number' ? shown['size'] : 1,
      type: 'rbd',
      project: 'admin',
      bootable: shown?.['bootable'] === 'true',
      imageMetadata: isRecord(metadata) ? metadata : undefined,
    });
    const text = JSON.stringify(trace);
    const recorded =
      /\/volumes\/([0-9a-f-]{36})/.exec(text)?.[1] ?? /"volume_(?:uu)?id":"([0-9a-f-]{36})"/.exec(text)?.[1];
    if (recorded !== undefined) this.#ids.set(recorded, volume.id);
    return volume.id;
  }

  /** Attachments that were there before: reserved if they get a connector first, attached otherwise. */
  async #addAttachments(trace: readonly RecordedRequest[], volumeId: string, serverId: string): Promise<void> {
    const made = new Set<unknown>();
    for (const { method, path, response } of trace) {
      if (method === 'POST' && path.endsWith('/attachments')) made.add(field(field(response, 'attachment'), 'id'));
      const id = /\/attachments\/([0-9a-f-]{36})/.exec(path)?.[1];
      const shown = trace
        .map((row) => field(row.response, 'volume'))
        .find((volume) => field(volume, 'attachments') !== undefined);
      const attached = field(shown, 'attachments');
      const listed = Array.isArray(attached) ? attached[0] : undefined;
      for (const old of [id, field(listed, 'attachment_id')]) {
        if (typeof old !== 'string' || made.has(old) || this.#ids.has(old)) continue;
        await this.#addAttachment(old, volumeId, serverId, method === 'PUT' && old === id, listed);
      }
    }
  }

  async #addAttachment(
    id: string,
    volumeId: string,
    serverId: string,
    onlyReserve: boolean,
    listed: unknown,
  ): Promise<void> {
    const { user, project } = { user: 'admin', project: 'admin' };
    const token = this.#cloud.state.token(user, project);
    const base = `/v3/${token.project.id}/attachments`;
    const call = (method: string, path: string, body: unknown): Promise<Answer> =>
      this.#send(method, path, token.value, undefined, 'volume 3.44', body);
    const attachment = { volume_uuid: volumeId, instance_uuid: serverId, connector: null };
    const created = await call('POST', base, { attachment });
    const fakeId = String(field(field(created.body, 'attachment'), 'id'));
    this.#ids.set(id, fakeId);
    if (onlyReserve) return;
    const connector = { host: field(listed, 'host_name') ?? 'aio', mountpoint: field(listed, 'device') ?? '/dev/vdb' };
    await call('PUT', `${base}/${fakeId}`, { attachment: { connector } });
    await call('POST', `${base}/${fakeId}/action`, { 'os-complete': null });
    // Nova uses it: only a request with Nova's service token may delete it.
    this.#cloud.state.nova.saveBlockDevice(serverId, {
      uuid: fakeId,
      volumeId,
      attachmentId: fakeId,
      device: connector.mountpoint === '/dev/sdb' ? '/dev/sdb' : '/dev/vdb',
      connectionInfo: undefined,
      deleteOnTermination: false,
    });
  }

  #token(owner: RecordedOwner, projectId = false): string {
    const token = this.#cloud.state.token(owner.user, owner.project);
    return projectId ? token.project.id : token.value;
  }

  #send(
    method: string,
    path: string,
    token: string,
    serviceToken: string | undefined,
    microversion: string | null,
    body: unknown,
  ): Promise<Answer> {
    const headers = {
      'x-auth-token': token,
      ...(serviceToken === undefined ? {} : { 'x-service-token': serviceToken }),
      ...(microversion === null ? {} : { 'openstack-api-version': microversion }),
      'content-type': 'application/json',
      host: '127.0.0.1:8876',
    };
    return new Promise((resolve, reject) => {
      const outgoing = request(new URL(path, this.#cloud.endpoints.blockStorage), { method, headers }, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          text += chunk;
        });
        response.on('end', () => {
          resolve({ status: response.statusCode ?? 0, body: text === '' ? undefined : JSON.parse(text) });
        });
      });
      outgoing.on('error', reject);
      outgoing.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** Fields whose value is another in each cloud; of these only the type (or the emptiness) must agree. */
const PARTICULAR = new Set([
  'created_at',
  'updated_at',
  'attached_at',
  'user_id',
  'service_uuid',
  'secret_uuid',
  'os-vol-host-attr:host',
]);

function comparable(value: unknown, key: string): unknown {
  if (PARTICULAR.has(key)) return value === null || value === '' ? value : `(${typeof value})`;
  if (Array.isArray(value)) return value.map((item: unknown) => comparable(item, key));
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, comparable(item, name)]));
}

function field(value: unknown, key: string): unknown {
  return isRecord(value) ? value[key] : undefined;
}
