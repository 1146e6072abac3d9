import { faultMessage } from '../../error/fault.ts';
import { Deadline } from '../../http/deadline.ts';
import { Transport } from '../../http/transport.ts';
import { isRecord, type WireRecord } from '../../wire/record.ts';
import type { IssuedToken } from '../keystone/model.ts';
import type { UserContext } from '../nova/compute.ts';
import type { RecordedCall } from './recorded-call.ts';
import { SimulatedNovaError } from './simulated-nova-error.ts';

export interface CinderCallsOptions {
  readonly from: RecordedCall['from'];
  readonly host: string;
  /** `http://HOST:PORT`; a path is ignored: it is always `/v3/PROJECT_ID`. */
  readonly endpoint: string;
  readonly timeoutMs: number;
  /** Nova's own token, for X-Service-Token. */
  novaToken(): IssuedToken;
  record(call: RecordedCall): void;
}

interface Call {
  readonly method: string;
  readonly path: string;
  readonly microversion?: string;
  readonly body?: unknown;
}

const ATTACHMENTS = 'volume 3.44';
const VOLUME_OF_COMPUTE = 'volume 3.48';

/** The requests that Nova sends to Cinder, with Nova's headers. Each throws a SimulatedNovaError on an error status. */
export class CinderCalls {
  readonly #options: CinderCallsOptions;
  readonly #transport = new Transport();

  constructor(options: CinderCallsOptions) {
    this.#options = options;
  }

  close(): void {
    this.#transport.close();
  }

  /** Version discovery, which Nova does once per client object. Answers with 300. */
  async discover(user: UserContext): Promise<void> {
    await this.#send(user, { method: 'GET', path: '/' });
  }

  /** As nova-api asks: without microversion. */
  async getVolume(user: UserContext, id: string): Promise<WireRecord> {
    return record(await this.#send(user, { method: 'GET', path: `/volumes/${id}` }), 'volume');
  }

  /** As nova-compute asks before it attaches or detaches. */
  async getVolumeOnCompute(user: UserContext, id: string): Promise<WireRecord> {
    const call = { method: 'GET', path: `/volumes/${id}`, microversion: VOLUME_OF_COMPUTE };
    return record(await this.#send(user, call), 'volume');
  }

  async deleteVolume(user: UserContext, id: string): Promise<void> {
    await this.#send(user, { method: 'DELETE', path: `/volumes/${id}` });
  }

  async beginDetaching(user: UserContext, id: string): Promise<void> {
    await this.#send(user, { method: 'POST', path: `/volumes/${id}/action`, body: { 'os-begin_detaching': null } });
  }

  /** Connector null: reserve. Answers the attachment. */
  async createAttachment(
    user: UserContext,
    volumeId: string,
    instanceId: string,
    connector: WireRecord | null,
  ): Promise<WireRecord> {
    const body = { attachment: { volume_uuid: volumeId, connector, instance_uuid: instanceId } };
    const answer = await this.#send(user, { method: 'POST', path: '/attachments', microversion: ATTACHMENTS, body });
    return record(answer, 'attachment');
  }

  async updateAttachment(user: UserContext, id: string, connector: WireRecord): Promise<WireRecord> {
    const body = { attachment: { connector } };
    const call = { method: 'PUT', path: `/attachments/${id}`, microversion: ATTACHMENTS, body };
    return record(await this.#send(user, call), 'attachment');
  }

  async getAttachment(user: UserContext, id: string): Promise<WireRecord> {
    const call = { method: 'GET', path: `/attachments/${id}`, microversion: ATTACHMENTS };
    return record(await this.#send(user, call), 'attachment');
  }

  async completeAttachment(user: UserContext, id: string): Promise<void> {
    const body = { 'os-complete': null };
    await this.#send(user, { method: 'POST', path: `/attachments/${id}/action`, microversion: ATTACHMENTS, body });
  }

  async deleteAttachment(user: UserContext, id: string): Promise<void> {
    await this.#send(user, { method: 'DELETE', path: `/attachments/${id}`, microversion: ATTACHMENTS });
  }

  async #send(user: UserContext, call: Call): Promise<unknown> {
    const { from, host, endpoint, timeoutMs } = this.#options;
    const discovery = call.path === '/';
    const path = discovery ? '/' : `/v3/${user.token.project.id}${call.path}`;
    const serviceToken = this.#options.novaToken();
    const headers: Record<string, string> = {
      accept: 'application/json',
      'user-agent': discovery
        ? `${from} keystoneauth1/5.0.0 python-requests/2.28.1 CPython/3.11.2`
        : 'python-cinderclient',
      'x-auth-token': user.token.value,
      'x-service-token': serviceToken.value,
      ...(discovery ? {} : { 'x-openstack-request-id': user.requestId }),
      ...(call.microversion === undefined ? {} : { 'openstack-api-version': call.microversion }),
      ...(call.body === undefined ? {} : { 'content-type': 'application/json' }),
    };
    const owner = ({ user: { name }, project, roles }: IssuedToken): RecordedCall['token'] => ({
      user: name,
      project: project.name,
      roles,
    });
    const recorded = {
      from,
      host,
      method: call.method,
      path,
      microversion: call.microversion,
      requestId: discovery ? undefined : user.requestId,
      token: owner(user.token),
      serviceToken: owner(serviceToken),
      body: call.body,
    };
    const what = `${from} on ${host}: ${call.method} ${path}`;
    try {
      const answer = await this.#transport.send({
        method: call.method,
        url: new URL(path, endpoint),
        headers,
        body: call.body === undefined ? undefined : JSON.stringify(call.body),
        deadline: new Deadline(timeoutMs, undefined),
        facts: { service: 'block-storage' },
      });
      this.#options.record({ ...recorded, status: answer.status });
      const json = parse(answer.text);
      if (answer.status < 400) return json;
      const fault = faultMessage(json);
      const message = `${what} answered ${answer.status}: ${fault ?? answer.text.slice(0, 200)}`;
      throw new SimulatedNovaError('cinder', message, { status: answer.status, fault });
    } catch (cause) {
      if (cause instanceof SimulatedNovaError) throw cause;
      this.#options.record({ ...recorded, status: 0 });
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new SimulatedNovaError('cinder', `${what} failed: ${why}`, { cause });
    }
  }
}

function parse(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

function record(answer: unknown, key: string): WireRecord {
  const value = isRecord(answer) ? answer[key] : undefined;
  if (isRecord(value)) return value;
  throw new SimulatedNovaError('cinder', `Cinder's answer has no ${key}`);
}
