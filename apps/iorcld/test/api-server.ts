import type { Driver, QosLimits, ReconcileReport } from '@iorcl/api';
import { createLogger } from '@iorcl/service';
import type { FastifyInstance } from 'fastify';
import type { Caller } from '../src/cloud/contract.ts';
import { EventLog } from '../src/events/event-log.ts';
import { Authentication } from '../src/http/authentication.ts';
import { Health } from '../src/http/health.ts';
import { isLocalAdministrator } from '../src/http/local-administrator.ts';
import type { AttachmentOperations, ReconcileOperations } from '../src/http/operations.ts';
import { createServer, type ServerOptions } from '../src/http/server.ts';
import { ThisHost } from '../src/http/this-host.ts';
import { TokenBuckets } from '../src/http/token-buckets.ts';
import { Metrics } from '../src/metrics/metrics.ts';
import { connector, type Life } from './harness.ts';

const callers: Readonly<Record<string, Caller>> = {
  hook: { userId: 'u1', userName: 'iorcl', projectName: 'service', systemScoped: false, roles: ['service'] },
  root: {
    userId: 'u2',
    userName: 'admin',
    projectName: 'admin',
    systemScoped: false,
    roles: ['admin', 'member', 'reader'],
  },
  auditor: { userId: 'u3', userName: 'auditor', projectName: undefined, systemScoped: true, roles: ['reader'] },
  // Keystone gives every member the role reader, too.
  tenant: { userId: 'u4', userName: 'bob', projectName: 'demo', systemScoped: false, roles: ['member', 'reader'] },
};

const driver: Driver = {
  ...{ name: 'fake', transport: 'nbd', secure: true, resize: 'announced', recreates: false },
  ...{ backends: ['file'], interposers: ['throttle'] },
};

export const emptyReport: ReconcileReport = {
  ...{ startedAt: '2026-01-01T00:00:00.000Z', seconds: 0.5, dryRun: false, findings: [], repairs: [] },
  ...{ unanswered: [], guarded: null },
};

/** The HTTP API around a life of the harness, with everything that a test wants to look at or to change. */
export class ApiServer {
  readonly server: FastifyInstance;
  readonly life: Life;
  readonly log: string[] = [];
  readonly events: EventLog = new EventLog({ capacity: 5, epoch: 'e' });
  readonly metrics: Metrics;
  readonly health: Health;
  /** What reached the operations that the harness has no data plane for. */
  readonly asked: unknown[] = [];
  readonly limits: TokenBuckets = new TokenBuckets({ perSecond: 0, burst: 0 });
  journalFault: Error | undefined;
  keystone: { validate(token: string): Promise<Caller | undefined> } = { validate: async (token) => callers[token] };

  constructor(life: Life, change: Partial<ServerOptions> = {}) {
    this.life = life;
    this.health = new Health({
      journal: () => {
        if (this.journalFault !== undefined) throw this.journalFault;
      },
    });
    const attachments = (): ReturnType<AttachmentOperations['list']> => life.attachments.list();
    this.metrics = new Metrics({
      version: '0.0.1',
      attachments,
      queueDepth: () => 0,
      hostEnabled: () => life.journal.host().status === 'enabled',
      followers: () => this.events.followers,
      stats: async () => undefined,
    });
    this.server = createServer({
      attachments: this.#attachments(),
      reconciler: this.#reconciler(),
      authentication: new Authentication({ identity: { validate: (token) => this.keystone.validate(token) } }),
      host: new ThisHost({ name: 'io-1', store: life.journal, attachments, connector, events: this.events }),
      driver,
      health: this.health,
      metrics: this.metrics,
      events: this.events,
      logger: createLogger({ name: 'iorcld', write: (line) => this.log.push(line) }),
      version: '0.0.1',
      limits: this.limits,
      metricsAllowed: isLocalAdministrator,
      ...change,
    });
  }

  /** Create, show, list and remove are the real ones; what changes a data plane is only noted. */
  #attachments(): AttachmentOperations {
    const { attachments } = this.life;
    const note = (...call: unknown[]): void => void this.asked.push(call);
    return {
      list: () => attachments.list(),
      show: (id) => attachments.show(id),
      create: (request, options) => attachments.create(request, options),
      remove: (id, options) => attachments.remove(id, options),
      grants: (id) => attachments.grants(id),
      repair: async (id) => {
        note('repair', id);
        return attachments.show(id);
      },
      resize: async (id, sizeBytes) => {
        note('resize', id, sizeBytes);
        return { attachment: attachments.show(id), exportedBytes: 1024 };
      },
      setQos: async (id, limits: QosLimits | undefined) => {
        note('setQos', id, limits);
        return attachments.show(id);
      },
    };
  }

  #reconciler(): ReconcileOperations {
    const { asked } = this;
    let lastReport: ReconcileReport | undefined;
    return {
      get lastReport() {
        return lastReport;
      },
      run: async ({ dryRun = false, force = false }) => {
        asked.push(['reconcile', dryRun, force]);
        lastReport = { ...emptyReport, dryRun };
        return lastReport;
      },
    };
  }
}
