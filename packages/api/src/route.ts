import * as z from 'zod';
import type { ApiErrorCode } from './error.ts';

/** What a caller must be allowed to: look, change, or nothing at all. */
export type RequiredRight = 'none' | 'look' | 'change';

/** One operation of the API: what iorcld registers, what the client calls, and what the OpenAPI document says. */
export interface Route<Params = unknown, Query = unknown, Body = unknown, Answer = unknown> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** With parameters as `{name}`. */
  readonly path: string;
  readonly tag: string;
  readonly right: RequiredRight;
  /** In the imperative, without a full stop: also what the audit line says of it. */
  readonly summary: string;
  readonly description?: string;
  /** Strings of the path. */
  readonly params: z.ZodType<Params>;
  /** Strings of the query. */
  readonly query: z.ZodType<Query>;
  /** JSON; `z.undefined()`: none is read. */
  readonly body: z.ZodType<Body>;
  /** With status 200; `z.undefined()`: status 204 and no body. */
  readonly answer: z.ZodType<Answer>;
  /** Default `application/json`. */
  readonly answerType?: 'text/plain' | 'text/event-stream';
  /** Besides those that each route may answer: `bad_request`, `rate_limited`, `internal`, and those of its right. */
  readonly errors: readonly ApiErrorCode[];
}

/** The path of a route with its parameters filled in, encoded so that none leads elsewhere. */
export function fillPath(route: Pick<Route, 'path'>, params: Readonly<Record<string, string>>): string {
  return route.path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(params[name] ?? ''));
}

/** Whether a route reads a body. */
export function takesBody(route: Pick<Route, 'body'>): boolean {
  return !(route.body instanceof z.ZodUndefined);
}

/** Whether a route answers 204 and nothing. */
export function answersNothing(route: Pick<Route, 'answer'>): boolean {
  return route.answer instanceof z.ZodUndefined;
}
