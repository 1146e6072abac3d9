import type { TokenOwner } from '../http/exchange.ts';

/** One request that the simulated Nova sent to the Block Storage API, and the answer's status. */
export interface RecordedCall {
  readonly from: 'nova-api' | 'nova-compute';
  /** Of the nova-compute; nova-api has the host of the SimulatedCompute that plays it. */
  readonly host: string;
  readonly method: string;
  readonly path: string;
  /** Header `OpenStack-API-Version`. */
  readonly microversion: string | undefined;
  readonly requestId: string | undefined;
  readonly token: TokenOwner;
  readonly serviceToken: TokenOwner;
  readonly body: unknown;
  readonly status: number;
}
