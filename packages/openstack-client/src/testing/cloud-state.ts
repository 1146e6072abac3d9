import { randomUUID } from 'node:crypto';
import { CinderDatabase } from './cinder/database.ts';
import { FakeClock } from './clock.ts';
import { GlanceDatabase } from './glance/database.ts';
import type { RecordedRequest } from './http/exchange.ts';
import { FaultInjection } from './http/fault-injection.ts';
import { KeystoneDirectory } from './keystone/directory.ts';
import type { IssuedToken } from './keystone/model.ts';
import { NeutronDatabase } from './neutron/database.ts';
import type { ComputeBackend, UserContext } from './nova/compute.ts';
import { NovaDatabase } from './nova/database.ts';
import type { RecordedCall } from './simulated-compute/recorded-call.ts';

export interface CloudStateOptions {
  readonly volumesDirectory: string;
  readonly tokenLifetimeMs: number;
}

/** What the fake services, and the simulated computes, share: the databases behind the APIs. */
export class CloudState {
  readonly clock: FakeClock = new FakeClock();
  readonly faults: FaultInjection = new FaultInjection();
  readonly keystone: KeystoneDirectory;
  readonly nova: NovaDatabase = new NovaDatabase(this.clock);
  readonly cinder: CinderDatabase;
  readonly neutron: NeutronDatabase = new NeutronDatabase();
  readonly glance: GlanceDatabase = new GlanceDatabase(this.clock);
  readonly computes: Map<string, ComputeBackend> = new Map();
  readonly requests: RecordedRequest[] = [];
  readonly novaCalls: RecordedCall[] = [];

  constructor(options: CloudStateOptions) {
    this.keystone = new KeystoneDirectory(options.tokenLifetimeMs, this.clock);
    this.cinder = new CinderDatabase(options.volumesDirectory, this.clock);
  }

  /** A token of this user in this project, issued without a request. */
  token(userName: string, projectName: string): IssuedToken {
    const user = this.keystone.findUser(({ name }) => name === userName);
    if (user === undefined) throw new Error(`the fake cloud has no user ${userName}`);
    const projectId = this.keystone.project(projectName).id;
    return this.keystone.issueToken({ user, scope: { kind: 'project', projectId } });
  }

  /** Nova's event `volume-extended`. Answers whether a compute host has the server. */
  volumeExtended(serverId: string, volumeId: string): boolean {
    const host = this.nova.server(serverId)?.host;
    const compute = host === undefined ? undefined : this.computes.get(host);
    compute?.volumeExtended(volumeId).catch(() => undefined);
    return compute !== undefined;
  }

  /** The user who owns a server, with a fresh request id. */
  ownerOf(serverId: string): UserContext {
    const server = this.nova.server(serverId);
    if (server === undefined) throw new Error(`the fake cloud has no server ${serverId}`);
    const user = this.keystone.findUser(({ id }) => id === server.userId);
    const project = this.keystone.findProject(({ id }) => id === server.projectId);
    if (user === undefined || project === undefined) throw new Error(`server ${serverId} has no owner`);
    const token = this.keystone.issueToken({ user, scope: { kind: 'project', projectId: project.id } });
    return { token, requestId: `req-${randomUUID()}` };
  }
}
