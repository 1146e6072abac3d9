import type { Message } from '../../codec/message.ts';
import type { FakeNamespace } from './fake-namespace.ts';

/** A request that came in, and where. */
export interface FakeRequest {
  readonly message: Message;
  readonly isDump: boolean;
  /** NLM_F_CREATE and NLM_F_EXCL, of requests that make something. */
  readonly create: boolean;
  readonly exclusive: boolean;
  readonly namespace: FakeNamespace;
  /** The namespace that IFLA_NET_NS_FD names. @throws Refusal */
  namespaceOf(fd: number): FakeNamespace;
  /** Whether links of this kind can be made. */
  hasKind(kind: string): boolean;
}

/** What is answered besides the acknowledgement. */
export interface FakeAnswer {
  readonly type: number;
  readonly payloads: readonly Uint8Array[];
}

/** Does what a request asks for. @throws Refusal */
export type FakeHandler = (request: FakeRequest) => FakeAnswer | undefined;
