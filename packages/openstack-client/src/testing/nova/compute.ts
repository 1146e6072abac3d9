import type { IssuedToken } from '../keystone/model.ts';
import type { FakeServer } from './model.ts';

/** The user on whose behalf Nova works: a token, and the global request id that goes through all services. */
export interface UserContext {
  readonly token: IssuedToken;
  readonly requestId: string;
}

/** Work that goes on after Nova's API has answered its user. */
export interface Background {
  /** What Nova's API answers about. */
  readonly device: string;
  /**
   * Whether nova-compute succeeded, when it is done; never rejects: failures show in states and in
   * `SimulatedCompute.failures`.
   */
  readonly done: Promise<boolean>;
}

/** What a host does with a server that is there. `evacuate` and `unshelve` are for the host that the server comes to. */
export type ServerOperation =
  | { readonly kind: 'power-on' | 'power-off' | 'rebuild' | 'shelve' | 'unshelve' | 'evacuate' }
  | { readonly kind: 'cold-migrate' | 'live-migrate'; readonly destination: ComputeBackend };

/** What Nova's API hands its users' wishes to. SimulatedCompute is one. */
export interface ComputeBackend {
  readonly host: string;
  beginAttach(server: FakeServer, volumeId: string, context: UserContext): Promise<Background>;
  beginDetach(server: FakeServer, volumeId: string, context: UserContext): Promise<Background>;
  /** @param plugNetworks makes the server's ports, which nova-compute does beside attaching its volumes */
  beginBoot(
    server: FakeServer,
    volumeIds: readonly string[],
    context: UserContext,
    plugNetworks: () => void,
  ): Promise<Background>;
  beginDelete(server: FakeServer, context: UserContext): Promise<Background>;
  begin(server: FakeServer, operation: ServerOperation, context: UserContext): Promise<Background>;
  /** A volume of one of its servers has grown. */
  volumeExtended(volumeId: string): Promise<void>;
  /** Closes what it has open. */
  stop(): Promise<void>;
}
