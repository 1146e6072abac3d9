import type { IssuedToken } from '../keystone/model.ts';

/** A request as a fake service's handler sees it: authenticated, body parsed. */
export interface FakeRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  header(name: string): string | undefined;
  /** `http://HOST`, from the Host header: links in answers follow it. */
  readonly origin: string;
  /** Parsed, if it is JSON. */
  readonly body: unknown;
  /** As it came. */
  readonly bytes: Buffer;
  /** The minor number of the microversion asked for, or the service's oldest. */
  readonly minor: number;
  /** Of X-Auth-Token. */
  readonly token: IssuedToken | undefined;
  /** Of X-Service-Token. */
  readonly serviceToken: IssuedToken | undefined;
}

export interface FakeAnswer {
  readonly status: number;
  /** A string is sent as an HTML page, anything else as JSON. */
  readonly body?: unknown;
  /** Instead of `body`. */
  readonly bytes?: Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A request that a fake service received, and its answer's status. What a test asks "who called what?" with. */
export interface RecordedRequest {
  readonly service: FakeServiceName;
  readonly method: string;
  readonly path: string;
  readonly query: string;
  /** Header `OpenStack-API-Version`. */
  readonly microversion: string | undefined;
  /** Header `X-OpenStack-Request-ID`. */
  readonly requestId: string | undefined;
  readonly userAgent: string | undefined;
  readonly token: TokenOwner | undefined;
  readonly serviceToken: TokenOwner | undefined;
  readonly body: unknown;
  readonly status: number;
}

export interface TokenOwner {
  readonly user: string;
  readonly project: string;
  readonly roles: readonly string[];
}

export type FakeServiceName = 'identity' | 'compute' | 'block-storage' | 'network' | 'image';
