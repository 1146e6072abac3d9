import { isRecord } from '../../wire/record.ts';
import { badRequest, conflict } from '../http/fault.ts';
import type { RouteTable } from '../http/routes.ts';
import { optionalText, stringRecord } from '../http/wire-body.ts';
import { isAdmin } from '../keystone/model.ts';
import type { ComputeBackend } from './compute.ts';
import type { NovaDatabase } from './database.ts';
import type { FakeServer } from './model.ts';
import { movingActions } from './moving-actions.ts';
import { requireAdmin } from './policy.ts';
import { type FakeServerStatus, VM_STATES } from './server-state.ts';
import { type Action, ServerWork } from './server-work.ts';
import { userContext, visibleServer, type WriteServer } from './servers.ts';

/** What happens to the disks of a server that is switched on or off. */
interface SimpleWork {
  readonly disks: 'power-on' | 'power-off';
  readonly task: string;
}

const RUNNING: readonly FakeServerStatus[] = ['ACTIVE'];
const ACTIONS = 'os_compute_api:os-admin-actions';

/** `POST /servers/ID/action`. What compute hosts do for it goes on after the answer, as in a real cloud. */
export function serverActionRoutes(
  database: NovaDatabase,
  computes: () => readonly ComputeBackend[],
  write: WriteServer,
): RouteTable {
  const work = new ServerWork(database, computes);
  const simple = (
    verb: string,
    from: readonly FakeServerStatus[],
    status: FakeServerStatus,
    disks?: SimpleWork,
  ): Action => ({
    verb,
    from,
    run: async (call) => {
      if (disks === undefined) return void work.become(call.server, { status });
      return await work.begin(call, { operation: { kind: disks.disks }, task: disks.task, to: { status } });
    },
  });
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
        return await work.begin(call, {
          operation: { kind: 'power-on' },
          task: 'rebooting_hard',
          to: { status: 'ACTIVE' },
        });
      },
    },
    lock: {
      verb: 'lock',
      run: async ({ server, parameters }) =>
        void work.become(server, { locked: true, lockedReason: optionalText(parameters, 'locked_reason') }),
    },
    unlock: {
      verb: 'unlock',
      run: async ({ server }) => void work.become(server, { locked: false, lockedReason: undefined }),
    },
    rebuild: {
      verb: 'rebuild',
      from: ['ACTIVE', 'SHUTOFF', 'ERROR'],
      run: async (call) => {
        const { request, server, parameters } = call;
        await work.begin(call, { operation: { kind: 'rebuild' }, task: 'rebuilding', to: {} });
        work.become(server, {
          name: optionalText(parameters, 'name') ?? server.name,
          imageId: optionalText(parameters, 'imageRef') ?? server.imageId,
          ...(parameters['metadata'] === undefined ? {} : { metadata: stringRecord(parameters['metadata']) }),
        });
        return { status: 202, body: { server: write(request, visibleServer(database, request, server.id)) } };
      },
    },
    ...movingActions(database, work),
    'os-resetState': {
      verb: 'resetState',
      rule: `${ACTIONS}:reset_state`,
      run: async ({ server, parameters }) =>
        void work.become(server, { status: parameters['state'] === 'active' ? 'ACTIVE' : 'ERROR' }),
    },
    forceDelete: {
      verb: 'forceDelete',
      run: async ({ server, user }) => {
        const compute = work.backend(server.host);
        if (compute === undefined) database.removeServer(server.id);
        else await compute.beginDelete(server, user);
        return undefined;
      },
    },
    'os-getConsoleOutput': {
      verb: 'get_console_output',
      run: async ({ server, parameters }) => {
        const lines = Number(parameters['length'] ?? -1);
        const output = lines < 0 ? server.console : lastLines(server.console, lines);
        return { status: 200, body: { output } };
      },
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

/** As Nova cuts a console: a newline at its end is followed by one more line, an empty one. */
function lastLines(text: string, count: number): string {
  return count === 0 ? '' : text.split('\n').slice(-count).join('\n');
}

function refused(verb: string, { id, status }: FakeServer): Error {
  return conflict(`Cannot '${verb}' instance ${id} while it is in vm_state ${VM_STATES[status]}`);
}
