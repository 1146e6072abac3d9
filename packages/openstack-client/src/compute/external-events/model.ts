import type { WireRecord } from '../../wire/record.ts';

/** What other services tell Nova about a server's parts. */
export interface ExternalEvent<Name extends string = ExternalEventName> {
  readonly name: Name;
  readonly serverId: string;
  /** Default `completed`. */
  readonly status?: 'failed' | 'completed' | 'in-progress' | undefined;
  /** What it is about: the id of a port, a volume, … */
  readonly tag?: string | undefined;
}

/** Events of 2.51. */
export type ExternalEventName =
  | 'network-changed'
  | 'network-vif-plugged'
  | 'network-vif-unplugged'
  | 'network-vif-deleted'
  | 'volume-extended';

/** What can be told, by the microversion that was asked for. */
export interface ExternalEventNamesByMicroversion {
  readonly '2.51': ExternalEventName;
  readonly '2.76': ExternalEventName | 'power-update';
  readonly '2.82': ExternalEventName | 'power-update' | 'accelerator-request-bound';
  readonly '2.93': ExternalEventName | 'power-update' | 'accelerator-request-bound' | 'volume-reimaged';
}

export type ExternalEventMicroversion = keyof ExternalEventNamesByMicroversion;

export interface ExternalEventResult {
  readonly name: string;
  readonly serverId: string;
  /** 200: taken; 400, 404, 422: why not. */
  readonly code: number;
  /** As it came, with the fields that this library doesn't know. */
  readonly raw: WireRecord;
}
