import type { CallEvent, CallObserver } from '@iorcl/openstack-client';

/** A call to the cloud that has ended. */
export interface CloudCall {
  /** Official service type, for instance `block-storage`. */
  readonly service: string;
  readonly method: string;
  /** Class of the HTTP status, `2xx` to `5xx`, or `unreachable`. */
  readonly outcome: string;
  readonly seconds: number;
}

export interface CloudCallSink {
  cloudCalled(call: CloudCall): void;
  cloudCallRepeated(service: string): void;
}

/** Counts what the OpenStack client does on the wire. */
export function cloudCallObserver(sink: CloudCallSink): CallObserver {
  return (event: CallEvent) => {
    // Before the catalogue is known, only Keystone is asked.
    const { service = 'identity', method } = event;
    if (event.kind === 'retry') sink.cloudCallRepeated(service);
    if (event.kind === 'answer') {
      const outcome = `${Math.floor(event.status / 100)}xx`;
      sink.cloudCalled({ service, method, outcome, seconds: event.durationMs / 1_000 });
    }
    if (event.kind === 'failure') {
      sink.cloudCalled({ service, method, outcome: 'unreachable', seconds: event.durationMs / 1_000 });
    }
  };
}
