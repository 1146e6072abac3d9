import { randomUUID } from 'node:crypto';
import type { WireRecord } from '../../wire/record.ts';
import type { FakeAnswer, FakeRequest } from '../http/exchange.ts';
import { optionalText } from '../http/wire-body.ts';
import type { ComputeBackend, ServerOperation, UserContext } from './compute.ts';
import type { NovaDatabase } from './database.ts';
import type { FakeMigration, FakeServer } from './model.ts';
import type { FakeServerStatus } from './server-state.ts';

/** One of the things that `POST /servers/ID/action` does. */
export interface Action {
  /** As refusals call it. */
  readonly verb: string;
  /** Statuses that it may begin in. Undefined: all. */
  readonly from?: readonly FakeServerStatus[];
  /** Policy rule of actions that are for admins. */
  readonly rule?: string;
  run(call: ActionCall): Promise<FakeAnswer | undefined>;
}

export interface ActionCall {
  readonly request: FakeRequest;
  readonly server: FakeServer;
  readonly parameters: WireRecord;
  readonly user: UserContext;
}

/** What a compute host is to do for an action, and what the server is then. */
export interface Work {
  readonly operation: ServerOperation;
  /** `task_state` while it lasts. */
  readonly task: string;
  /** Default: the server's own. */
  readonly host?: string | undefined;
  readonly to: Partial<FakeServer>;
  /** Whether the server is none the worse for a failure. */
  readonly survives?: boolean;
  done?(succeeded: boolean): void;
}

/** What the actions on servers are made of. */
export class ServerWork {
  readonly #database: NovaDatabase;
  readonly #computes: () => readonly ComputeBackend[];

  constructor(database: NovaDatabase, computes: () => readonly ComputeBackend[]) {
    this.#database = database;
    this.#computes = computes;
  }

  become(server: FakeServer, change: Partial<FakeServer>): void {
    this.#database.updateServer(server.id, { updatedAt: this.#database.now(), ...change });
  }

  backend(host: string | undefined): ComputeBackend | undefined {
    return this.#computes().find((each) => each.host === host);
  }

  /**
   * Lets a compute host do it, and the server become what it then is, in the background. A server on a host that is not
   * simulated becomes it at once.
   */
  async begin(call: ActionCall, work: Work): Promise<undefined> {
    const { server, user } = call;
    const compute = this.backend(work.host ?? server.host);
    if (compute === undefined) {
      this.become(server, work.to);
      work.done?.(true);
      return undefined;
    }
    this.become(server, { taskState: work.task });
    const { done } = await compute.begin(server, work.operation, user);
    void done.then((succeeded) => {
      if (succeeded) this.become(server, { taskState: null, ...work.to });
      else
        this.become(server, {
          taskState: null,
          ...(work.survives ? {} : { status: 'ERROR', fault: 'the operation failed' }),
        });
      work.done?.(succeeded);
    });
    return undefined;
  }

  /** Where a server goes: where it is told to, or to any other host of its zone. */
  destination({ server, parameters }: ActionCall): ComputeBackend | undefined {
    const wanted = optionalText(parameters, 'host');
    if (wanted !== undefined) return this.backend(wanted);
    const zone = this.#database.zoneOf(server.host);
    return this.#computes().find(
      ({ host }) => host !== server.host && this.#database.takesServers(host) && this.#database.zoneOf(host) === zone,
    );
  }

  /** Notes a migration. `to` empty: no host was found. */
  record({ server, user }: ActionCall, type: FakeMigration['type'], status: string, to: string): undefined {
    this.#database.migrations.push({
      id: this.#database.migrations.length + 1,
      uuid: randomUUID(),
      serverId: server.id,
      ...{ type, status, source: server.host ?? '', destination: to },
      ...{ userId: user.token.user.id, projectId: user.token.project.id },
      createdAt: this.#database.now(),
    });
    return undefined;
  }

  /** What became of a resize that waited for its confirmation. */
  settle(server: FakeServer, status: 'confirmed' | 'reverted'): void {
    const last = this.#database.migrations.findLastIndex(
      (each) => each.serverId === server.id && each.status === 'finished',
    );
    const migration = this.#database.migrations[last];
    if (migration !== undefined) this.#database.migrations[last] = { ...migration, status };
  }
}
