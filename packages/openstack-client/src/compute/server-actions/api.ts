import type { CallOptions, SinceOptions } from '../../call-options.ts';
import { microversionOf } from '../../service/microversion.ts';
import type { ServiceClient } from '../../service/service-client.ts';
import type {
  EvacuateOptions,
  LiveMigrateOptions,
  LockReason,
  MigrateOptions,
  RebuildOptions,
  RemoteConsole,
  UnshelveOptions,
} from './model.ts';
import { parseRemoteConsole } from './wire.ts';

/** Evacuation and live migration without `force`, and with a host to be checked by the scheduler, need this. */
const BASE = '2.56';

/**
 * What can be done with a server. Each answers when Nova has begun; wait for its end by `waitFor`. ConflictError: not in
 * this state.
 *
 * @see https://docs.openstack.org/api-ref/compute/#servers-run-an-action-servers-action
 */
export class ServerActionsApi {
  readonly #service: ServiceClient;

  constructor(service: ServiceClient) {
    this.#service = service;
  }

  start(id: string, options?: CallOptions): Promise<void> {
    return this.#act(id, 'os-start', null, options);
  }

  stop(id: string, options?: CallOptions): Promise<void> {
    return this.#act(id, 'os-stop', null, options);
  }

  /** `hard`: as by the power switch. */
  reboot(id: string, type: 'soft' | 'hard', options?: CallOptions): Promise<void> {
    return this.#act(id, 'reboot', { type: type.toUpperCase() }, options);
  }

  pause(id: string, options?: CallOptions): Promise<void> {
    return this.#act(id, 'pause', null, options);
  }

  unpause(id: string, options?: CallOptions): Promise<void> {
    return this.#act(id, 'unpause', null, options);
  }

  suspend(id: string, options?: CallOptions): Promise<void> {
    return this.#act(id, 'suspend', null, options);
  }

  resume(id: string, options?: CallOptions): Promise<void> {
    return this.#act(id, 'resume', null, options);
  }

  /** A reason can be given from 2.73 on. */
  lock(id: string, options?: CallOptions | (CallOptions & SinceOptions<'2.73'> & LockReason)): Promise<void> {
    if (options === undefined || !('since' in options)) return this.#act(id, 'lock', null, options);
    const { since, reason, ...call } = options;
    return this.#act(id, 'lock', reason === undefined ? null : { locked_reason: reason }, call, since);
  }

  unlock(id: string, options?: CallOptions): Promise<void> {
    return this.#act(id, 'unlock', null, options);
  }

  shelve(id: string, options?: CallOptions): Promise<void> {
    return this.#act(id, 'shelve', null, options);
  }

  /** Removes a shelved server from its compute host, at once. */
  shelveOffload(id: string, options?: CallOptions): Promise<void> {
    return this.#act(id, 'shelveOffload', null, options);
  }

  /** A host or another zone can be given from 2.91 on. */
  unshelve(id: string, options?: CallOptions | (CallOptions & SinceOptions<'2.91'> & UnshelveOptions)): Promise<void> {
    if (options === undefined || !('since' in options)) return this.#act(id, 'unshelve', null, options);
    const { since, host, availabilityZone: availability_zone, ...call } = options;
    const nothing = host === undefined && availability_zone === undefined;
    return this.#act(id, 'unshelve', nothing ? null : { host, availability_zone }, call, since);
  }

  /** Ends in `VERIFY_RESIZE`: then confirm or revert. */
  resize(id: string, flavorId: string, options?: CallOptions): Promise<void> {
    return this.#act(id, 'resize', { flavorRef: flavorId }, options);
  }

  /** Also of a cold migration. */
  confirmResize(id: string, options?: CallOptions): Promise<void> {
    return this.#act(id, 'confirmResize', null, options);
  }

  /** Also of a cold migration. */
  revertResize(id: string, options?: CallOptions): Promise<void> {
    return this.#act(id, 'revertResize', null, options);
  }

  /** Makes the root disk anew from an image; volumes and ports stay. */
  rebuild(id: string, { imageId, name, metadata }: RebuildOptions, options?: CallOptions): Promise<void> {
    return this.#act(id, 'rebuild', { imageRef: imageId, name, metadata }, options);
  }

  /** Cold migration. Ends in `VERIFY_RESIZE`: then confirm or revert. Only admins may. */
  migrate(id: string, { host }: MigrateOptions = {}, options?: CallOptions): Promise<void> {
    return this.#act(id, 'migrate', host === undefined ? null : { host }, options, undefined, BASE);
  }

  /** Only admins may. */
  liveMigrate(id: string, { host, blockMigration }: LiveMigrateOptions = {}, options?: CallOptions): Promise<void> {
    const parameters = { host: host ?? null, block_migration: blockMigration ?? 'auto' };
    return this.#act(id, 'os-migrateLive', parameters, options, undefined, BASE);
  }

  /** Builds the server again elsewhere; its compute service must be down. Only admins may. */
  evacuate(id: string, evacuate: EvacuateOptions = {}, options?: CallOptions): Promise<void> {
    const { host, adminPassword: adminPass } = evacuate;
    const secrets = adminPass === undefined ? [] : [adminPass];
    return this.#act(id, 'evacuate', { host, adminPass }, options, undefined, BASE, secrets);
  }

  /** Writes the state into Nova's database, whatever the truth is. Only admins may. */
  resetState(id: string, state: 'active' | 'error', options?: CallOptions): Promise<void> {
    return this.#act(id, 'os-resetState', { state }, options);
  }

  /** Deletes also what is only marked as deleted. */
  forceDelete(id: string, options?: CallOptions): Promise<void> {
    return this.#act(id, 'forceDelete', null, options);
  }

  /** What the server wrote to its serial console; `lines`: only the last ones. */
  consoleOutput(id: string, lines?: number, options?: CallOptions): Promise<string> {
    return this.#service.request(
      { method: 'POST', path: ['servers', id, 'action'], body: { 'os-getConsoleOutput': { length: lines } } },
      (answer) => answer.string('output'),
      options,
    );
  }

  /** @see https://docs.openstack.org/api-ref/compute/#create-console */
  remoteConsole(id: string, protocol: string, type: string, options?: CallOptions): Promise<RemoteConsole> {
    return this.#service.request(
      {
        method: 'POST',
        path: ['servers', id, 'remote-consoles'],
        microversion: BASE,
        body: { remote_console: { protocol, type } },
      },
      (answer) => parseRemoteConsole(answer.object('remote_console')),
      options,
    );
  }

  #act(
    id: string,
    action: string,
    parameters: object | null,
    options: CallOptions | undefined,
    since?: string,
    base = '2.47',
    secrets: readonly string[] = [],
  ): Promise<void> {
    const path = ['servers', id, 'action'];
    const request = { method: 'POST', path, body: { [action]: parameters }, secrets } as const;
    return this.#service.command({ ...request, ...microversionOf(base, since) }, options);
  }
}
