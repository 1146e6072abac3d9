import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Whose token came with a recorded request. */
export interface RecordedOwner {
  readonly user: string;
  readonly project: string;
  readonly roles: readonly string[];
}

/** One line of a recording; test/fixtures/traces/README.md explains the fields. */
export interface RecordedRequest {
  readonly from: string;
  readonly method: string;
  readonly path: string;
  readonly microversion: string | null;
  readonly user_agent: string;
  readonly request_id: string | null;
  readonly token: RecordedOwner;
  readonly service_token: RecordedOwner;
  readonly body: unknown;
  readonly forwarded_body: unknown;
  readonly status: number;
  readonly response: unknown;
  readonly real_response: unknown;
}

const DIRECTORY = join(import.meta.dirname, 'fixtures', 'traces');

/** Names of all recorded operations. */
export function traceNames(): string[] {
  return readdirSync(DIRECTORY)
    .filter((name) => name.endsWith('.jsonl'))
    .map((name) => name.slice(0, -'.jsonl'.length))
    .sort();
}

export function readTrace(name: string): RecordedRequest[] {
  const lines = readFileSync(join(DIRECTORY, `${name}.jsonl`), 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line): RecordedRequest => JSON.parse(line));
}
