import { randomUUID } from 'node:crypto';
import type { FakeRequest } from '../http/exchange.ts';
import { badRequest } from '../http/fault.ts';
import type { NovaDatabase } from './database.ts';
import type { FakeFlavor } from './model.ts';
import type { FakeServerStatus } from './server-state.ts';
import type { Action, ActionCall, ServerWork } from './server-work.ts';

const MOVABLE: readonly FakeServerStatus[] = ['ACTIVE', 'SHUTOFF'];

/** Actions that bring a server to another host, or to none. */
export function movingActions(database: NovaDatabase, work: ServerWork): Readonly<Record<string, Action>> {
  const resize = async (call: ActionCall, flavor: FakeFlavor, type: 'resize' | 'migration'): Promise<undefined> => {
    const target = work.destination(call);
    const { server } = call;
    // Nova finds no host only after its answer; the server then stays where it is.
    if (target === undefined) return work.record(call, type, 'error', '');
    const resizedFrom = { flavor: server.flavor, host: server.host };
    return await work.begin(call, {
      operation: { kind: 'cold-migrate', destination: target },
      task: 'resize_migrating',
      to: { status: 'VERIFY_RESIZE', flavor, resizedFrom },
      done: (succeeded) => work.record(call, type, succeeded ? 'finished' : 'error', target.host),
    });
  };
  return {
    shelve: {
      verb: 'shelve',
      from: ['ACTIVE', 'SHUTOFF', 'PAUSED', 'SUSPENDED'],
      run: async (call) => {
        return await work.begin(call, {
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
        const target = work.destination(call);
        if (target === undefined) return undefined;
        return await work.begin(call, {
          operation: { kind: 'unshelve' },
          task: 'unshelving',
          host: target.host,
          to: { status: 'ACTIVE', host: target.host },
        });
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
        work.settle(server, 'confirmed');
        work.become(server, { status: 'ACTIVE', resizedFrom: undefined });
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
        const home = work.backend(host);
        const done = (): void => work.settle(server, 'reverted');
        if (home === undefined) {
          work.become(server, to);
          done();
          return undefined;
        }
        const operation = { kind: 'cold-migrate', destination: home } as const;
        return await work.begin(call, { operation, task: 'resize_reverting', to, done });
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
        const target = work.destination(call);
        if (target === undefined) return work.record(call, 'live-migration', 'error', '');
        return await work.begin(call, {
          operation: { kind: 'live-migrate', destination: target },
          task: 'migrating',
          to: {},
          survives: true,
          done: (succeeded) => work.record(call, 'live-migration', succeeded ? 'completed' : 'error', target.host),
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
        const target = work.destination(call);
        if (target === undefined) return work.record(call, 'evacuation', 'error', '');
        await work.begin(call, {
          operation: { kind: 'evacuate' },
          task: 'rebuilding',
          host: target.host,
          to: { status: 'ACTIVE', host: target.host },
          done: (succeeded) => work.record(call, 'evacuation', succeeded ? 'done' : 'error', target.host),
        });
        return { status: 200, body: request200(call.request) };
      },
    },
  };
}

/** Evacuate answers with an administrator's password before 2.14, and with nothing from then on. */
function request200({ minor }: FakeRequest): unknown {
  return minor < 14 ? { adminPass: randomUUID() } : undefined;
}
