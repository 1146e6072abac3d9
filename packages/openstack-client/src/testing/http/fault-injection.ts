import { isRecord } from '../../wire/record.ts';
import type { FakeServiceName } from './exchange.ts';
import type { FaultMatcher, InjectedFault, NewFault } from './injected-fault.ts';

/** What of a request decides whether a fault is for it. */
export interface FaultCandidate {
  readonly service: FakeServiceName;
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
  readonly user: string | undefined;
}

interface Placed {
  readonly fault: NewFault;
  fitting: number;
  hits: number;
}

/** The faults in place. A request is hit by the first one that fits and has not yet had enough. */
export class FaultInjection {
  readonly #placed = new Set<Placed>();

  add(fault: NewFault): InjectedFault {
    const placed: Placed = { fault, fitting: 0, hits: 0 };
    this.#placed.add(placed);
    return {
      get hits() {
        return placed.hits;
      },
      remove: () => this.#placed.delete(placed),
    };
  }

  clear(): void {
    this.#placed.clear();
  }

  /** The fault that hits this request; it is counted. */
  take(candidate: FaultCandidate): NewFault | undefined {
    for (const placed of this.#placed) {
      const { fault } = placed;
      if (!fits(fault, candidate)) continue;
      placed.fitting++;
      if (placed.fitting <= (fault.after ?? 0) || placed.hits >= (fault.times ?? Number.POSITIVE_INFINITY)) continue;
      placed.hits++;
      return fault;
    }
    return undefined;
  }
}

function fits(matcher: FaultMatcher, { service, method, path, body, user }: FaultCandidate): boolean {
  return (
    (matcher.service === undefined || matcher.service === service) &&
    (matcher.method === undefined || matcher.method === method) &&
    (matcher.path === undefined ||
      (typeof matcher.path === 'string' ? path.includes(matcher.path) : path.search(matcher.path) >= 0)) &&
    (matcher.action === undefined || (isRecord(body) && matcher.action in body)) &&
    (matcher.user === undefined || matcher.user === user)
  );
}
