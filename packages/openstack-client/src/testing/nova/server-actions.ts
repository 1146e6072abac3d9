import { randomUUID } from 'node:crypto';
import { isRecord, type WireRecord } from '../../wire/record.ts';
import type { FakeAnswer, FakeRequest } from '../http/exchange.ts';
import { badRequest, conflict } from '../http/fault.ts';
import type { RouteTable } from '../http/routes.ts';
import { optionalText, stringRecord } from '../http/wire-body.ts';
import { isAdmin } from '../keystone/model.ts';
import type { ComputeBackend, ServerOperation, UserContext } from './compute.ts';
import type { NovaDatabase } from './database.ts';
import type { FakeFlavor, FakeMigration, FakeServer } from './model.ts';
import { requireAdmin } from './policy.ts';
import { type FakeServerStatus, VM_STATES } from './server-state.ts';
import { userContext, visibleServer, type WriteServer } from './servers.ts';

interface Action {
  /** As refusals call it. */
  readonly verb: string;
  /** Statuses that it may begin in. Undefined: all. */
  readonly from?: readonly FakeServerStatus[];
  /** Policy rule of actions that are for admins. */
  readonly rule?: string;
  run(call: ActionCall): Promise<FakeAnswer | undefined>;
}

interface ActionCall {
  readonly request: FakeRequest;
  readonly server: FakeServer;
  readonly parameters: WireRecord;
  readonly user: UserContext;
}

/** What a compute host is to do for an action, and what the server is then. */
interface Work {
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

/** What happens to the disks of a server that is switched on or off. */
interface SimpleWork {
  readonly disks: 'power-on' | 'power-off';
  readonly task: string;
}

const RUNNING: readonly FakeServerStatus[] = ['ACTIVE'];
const MOVABLE: readonly FakeServerStatus[] = ['ACTIVE', 'SHUTOFF'];
const ACTIONS = 'os_compute_api:os-admin-actions';

/** `POST /servers/ID/action`. What compute hosts do for it goes on after the answer, as in a real cloud. */
export function serverActionRoutes(
  database: NovaDatabase,
  computes: () => readonly ComputeBackend[],
  write: WriteServer,
): RouteTable {
  const become = (server: FakeServer, change: Partial<FakeServer>): void =>
    database.updateServer(server.id, { updatedAt: database.now(), ...change });
  const backend = (host: string | undefined): ComputeBackend | undefined =>
    computes().find((each) => each.host === host);
  /**
   * Lets a compute host do it, and the server become what it then is, in the background. A server on a host that is not
   * simulated becomes it at once.
   */
  const begin = async (call: ActionCall, work: Work): Promise<undefined> => {
    const { server, user } = call;
    const compute = backend(work.host ?? server.host);
    if (compute === undefined) {
      become(server, work.to);
      work.done?.(true);
      return undefined;
    }
    become(server, { taskState: work.task });
    const { done } = await compute.begin(server, work.operation, user);
    void done.then((succeeded) => {
      if (succeeded) become(server, { taskState: null, ...work.to });
      else
        become(server, {
          taskState: null,
          ...(work.survives ? {} : { status: 'ERROR', fault: 'the operation failed' }),
        });
      work.done?.(succeeded);
    });
    return undefined;
  };
  const simple = (
    verb: string,
    from: readonly FakeServerStatus[],
    status: FakeServerStatus,
    work?: SimpleWork,
  ): Action => ({
    verb,
    from,
    run: async (call) => {
      if (work === undefined) return void become(call.server, { status });
      return await begin(call, { operation: { kind: work.disks }, task: work.task, to: { status } });
    },
  });
  /** Where a server goes: where it is told to, or to any other host. */
  const destination = ({ server, parameters }: ActionCall): ComputeBackend | undefined => {
    const wanted = optionalText(parameters, 'host');
    return computes().find((each) => (wanted === undefined ? each.host !== server.host : each.host === wanted));
  };
  const record = ({ server, user }: ActionCall, type: FakeMigration['type'], status: string, to: string): undefined => {
    database.migrations.push({
      id: database.migrations.length + 1,
      uuid: randomUUID(),
      serverId: server.id,
      ...{ type, status, source: server.host ?? '', destination: to },
      ...{ userId: user.token.user.id, projectId: user.token.project.id },
      createdAt: database.now(),
    });
    return undefined;
  };
  const resize = async (call: ActionCall, flavor: FakeFlavor, type: 'resize' | 'migration'): Promise<undefined> => {
    const target = destination(call);
    const { server } = call;
    // Nova finds no host only after its answer; the server then stays where it is.
    if (target === undefined) return record(call, type, 'error', '');
    const resizedFrom = { flavor: server.flavor, host: server.host };
    return await begin(call, {
      operation: { kind: 'cold-migrate', destination: target },
      task: 'resize_migrating',
      to: { status: 'VERIFY_RESIZE', flavor, resizedFrom },
      done: (succeeded) => record(call, type, succeeded ? 'finished' : 'error', target.host),
    });
  };
  const settle = (server: FakeServer, status: 'confirmed' | 'reverted'): void => {
    const last = database.migrations.findLastIndex((each) => each.serverId === server.id && each.status === 'finished');
    const migration = database.migrations[last];
    if (migration !== undefined) database.migrations[last] = { ...migration, status };
  };
  const actions: Readonly<Record<string, Action>> = {
    'os-stop': simple('stop', ['ACTIVE', 'ERROR'], 'SHUTOFF', { disks: 'power-off', task: 'powering-off' }),
    'os-start': simple('start', ['SHUTOFF'], 'ACTIVE', { disks: 'power-on', task: 'powering-on' }),
    pause: simple('pause', RUNNING, 'PAUSED'),
    unpause: simple('unpause', ['PAUSED'], 'ACTIVE'),
    suspend: simple('suspend', RUNNING, 'SUSPENDED', { disks: 'power-off', task: 'suspending' }),
    resume: simple('resume', ['SUSPENDED'], 'ACTIVE', { disks: 'power-on', task: 'resuming' }),
    reboot: {
      verb: 'reboot',
      run: async (call) => {
        const { server, parameters } = call;
        const hard = parameters['type'] === 'HARD';
        if (!hard && server.status !== 'ACTIVE') throw refused('reboot', server);
        if (!hard) return undefined;
        return await begin(call, {
          operation: { kind: 'power-on' },
          task: 'rebooting_hard',
          to: { status: 'ACTIVE' },
        });
      },
    },
    lock: {
      verb: 'lock',
      run: async ({ server, parameters }) =>
        void become(server, { locked: true, lockedReason: optionalText(parameters, 'locked_reason') }),
    },
    unlock: {
      verb: 'unlock',
      run: async ({ server }) => void become(server, { locked: false, lockedReason: undefined }),
    },
    shelve: {
      verb: 'shelve',
      from: ['ACTIVE', 'SHUTOFF', 'PAUSED', 'SUSPENDED'],
      run: async (call) => {
        return await begin(call, {
          operation: { kind: 'shelve' },
          task: 'shelving',
          to: { status: 'SHELVED_OFFLOADED', host: undefined },
        });
      },
    },
    unshelve: {
      verb: 'unshelve',
      from: ['SHELVED_OFFLOADED'],
      run: async (call) => {
        const target = destination(call);
        if (target === undefined) return undefined;
        return await begin(call, {
          operation: { kind: 'unshelve' },
          task: 'unshelving',
          host: target.host,
          to: { status: 'ACTIVE', host: target.host },
        });
      },
    },
    rebuild: {
      verb: 'rebuild',
      from: ['ACTIVE', 'SHUTOFF', 'ERROR'],
      run: async (call) => {
        const { request, server, parameters } = call;
        await begin(call, { operation: { kind: 'rebuild' }, task: 'rebuilding', to: {} });
        become(server, {
          name: optionalText(parameters, 'name') ?? server.name,
          imageId: optionalText(parameters, 'imageRef') ?? server.imageId,
          ...(parameters['metadata'] === undefined ? {} : { metadata: stringRecord(parameters['metadata']) }),
        });
        return { status: 202, body: { server: write(request, visibleServer(database, request, server.id)) } };
      },
    },
    resize: {
      verb: 'resize',
      from: MOVABLE,
      run: async (call) => {
        const id = String(call.parameters['flavorRef']);
        const flavor = database.flavor(id);
        if (flavor === undefined) throw badRequest(`Flavor ${id} could not be found.`);
        if (flavor.id === call.server.flavor.id) throw badRequest('When resizing, instances must change flavor!');
        return await resize({ ...call, parameters: {} }, flavor, 'resize');
      },
    },
    confirmResize: {
      verb: 'confirmResize',
      from: ['VERIFY_RESIZE'],
      run: async ({ server }) => {
        settle(server, 'confirmed');
        become(server, { status: 'ACTIVE', resizedFrom: undefined });
        return undefined;
      },
    },
    revertResize: {
      verb: 'revertResize',
      from: ['VERIFY_RESIZE'],
      run: async (call) => {
        const { server } = call;
        const { flavor, host } = server.resizedFrom ?? server;
        const to = { status: 'ACTIVE', resizedFrom: undefined, flavor, host } as const;
        const home = backend(host);
        const done = (): void => settle(server, 'reverted');
        if (home === undefined) {
          become(server, to);
          done();
          return undefined;
        }
        const operation = { kind: 'cold-migrate', destination: home } as const;
        return await begin(call, { operation, task: 'resize_reverting', to, done });
      },
    },
    migrate: {
      verb: 'migrate',
      from: MOVABLE,
      rule: 'os_compute_api:os-migrate-server:migrate',
      run: (call) => resize(call, call.server.flavor, 'migration'),
    },
    'os-migrateLive': {
      verb: 'os-migrateLive',
      from: ['ACTIVE', 'PAUSED'],
      rule: 'os_compute_api:os-migrate-server:migrate_live',
      run: async (call) => {
        const target = destination(call);
        if (target === undefined) return record(call, 'live-migration', 'error', '');
        return await begin(call, {
          operation: { kind: 'live-migrate', destination: target },
          task: 'migrating',
          to: {},
          survives: true,
          done: (succeeded) => record(call, 'live-migration', succeeded ? 'completed' : 'error', target.host),
        });
      },
    },
    evacuate: {
      verb: 'evacuate',
      rule: 'os_compute_api:os-evacuate',
      run: async (call) => {
        const { server } = call;
        const service = database.serviceOf(server.host ?? '');
        if (service?.forcedDown !== true) {
          throw badRequest(`Compute service of ${server.host} is still in use.`);
        }
        const target = destination(call);
        if (target === undefined) return record(call, 'evacuation', 'error', '');
        await begin(call, {
          operation: { kind: 'evacuate' },
          task: 'rebuilding',
          host: target.host,
          to: { status: 'ACTIVE', host: target.host },
          done: (succeeded) => record(call, 'evacuation', succeeded ? 'done' : 'error', target.host),
        });
        return { status: 200, body: request200(call.request) };
      },
    },
    'os-resetState': {
      verb: 'resetState',
      rule: `${ACTIONS}:reset_state`,
      run: async ({ server, parameters }) =>
        void become(server, { status: parameters['state'] === 'active' ? 'ACTIVE' : 'ERROR' }),
    },
    forceDelete: {
      verb: 'forceDelete',
      run: async ({ server, user }) => {
        const compute = backend(server.host);
        if (compute === undefined) database.removeServer(server.id);
        else await compute.beginDelete(server, user);
        return undefined;
      },
    },
    'os-getConsoleOutput': {
      verb: 'get_console_output',
      run: async () => ({ status: 200, body: { output: '' } }),
    },
  };
  return {
    'POST /v2.1/servers/:id/action': async (request, parameter) => {
      const server = visibleServer(database, request, parameter('id'));
      const [name, parameters] = Object.entries(isRecord(request.body) ? request.body : {})[0] ?? [];
      const action = name === undefined ? undefined : actions[name];
      if (action === undefined) throw badRequest(`There is no such action: ${name}`);
      if (action.rule !== undefined) requireAdmin(request, action.rule);
      if (server.locked && action.verb !== 'unlock' && !isAdmin(request.token)) {
        throw conflict(`Instance ${server.id} is locked`);
      }
      if (server.taskState !== null && action.from !== undefined) {
        throw conflict(`Cannot '${action.verb}' instance ${server.id} while it is in task_state ${server.taskState}`);
      }
      if (action.from?.includes(server.status) === false) throw refused(action.verb, server);
      const call = { request, server, parameters: isRecord(parameters) ? parameters : {}, user: userContext(request) };
      return (await action.run(call)) ?? { status: 202 };
    },
  };
}

function refused(verb: string, { id, status }: FakeServer): Error {
  return conflict(`Cannot '${verb}' instance ${id} while it is in vm_state ${VM_STATES[status]}`);
}

/** Evacuate answers with an administrator's password before 2.14, and with nothing from then on. */
function request200({ minor }: FakeRequest): unknown {
  return minor < 14 ? { adminPass: randomUUID() } : undefined;
}
