import * as z from 'zod';
import { QmpError } from './qmp-error.ts';

/** Anything that JSON can hold, as the arguments of a command. */
export type QmpArguments = Readonly<Record<string, unknown>>;

/** An asynchronous event, e.g. `BLOCK_EXPORT_DELETED` with `{id}`. */
export interface QmpEvent {
  readonly event: string;
  readonly data: QmpArguments;
}

/** What the daemon may say, after its greeting. QEMU documentation, "QEMU Machine Protocol Specification". */
export type QmpMessage =
  | { readonly kind: 'greeting'; readonly version: string }
  | { readonly kind: 'answer'; readonly id: string | undefined; readonly value: unknown }
  | {
      readonly kind: 'error';
      readonly id: string | undefined;
      readonly qmpClass: string;
      readonly description: string;
    }
  | { readonly kind: 'event'; readonly event: QmpEvent };

const data = z.record(z.string(), z.unknown());
const version = z.object({ major: z.int(), minor: z.int(), micro: z.int() });
const greeting = z.object({ QMP: z.object({ version: z.object({ qemu: version }) }) });
const event = z.object({ event: z.string(), data: data.optional() });
const failure = z.object({ id: z.string().optional(), error: z.object({ class: z.string(), desc: z.string() }) });
const answer = z.object({ id: z.string().optional(), return: z.unknown() });

/** @throws {QmpError} `protocol` for a line that is none of these */
export function parseQmpLine(line: string): QmpMessage {
  const json = parseJson(line);
  const greeted = greeting.safeParse(json);
  if (greeted.success) {
    const { major, minor, micro } = greeted.data.QMP.version.qemu;
    return { kind: 'greeting', version: `${major}.${minor}.${micro}` };
  }
  const happened = event.safeParse(json);
  if (happened.success) {
    return { kind: 'event', event: { event: happened.data.event, data: happened.data.data ?? {} } };
  }
  const failed = failure.safeParse(json);
  if (failed.success) {
    const { id, error } = failed.data;
    return { kind: 'error', id, qmpClass: error.class, description: error.desc };
  }
  const answered = answer.safeParse(json);
  if (answered.success && typeof json === 'object' && json !== null && 'return' in json) {
    return { kind: 'answer', id: answered.data.id, value: answered.data.return };
  }
  throw new QmpError('protocol', `the peer sent a line that is not QMP: ${excerpt(line)}`);
}

/** Undefined for a line that is none of these. */
export function parseQmpLineIfAny(line: string): QmpMessage | undefined {
  try {
    return parseQmpLine(line);
  } catch (error) {
    if (error instanceof QmpError) {
      return undefined;
    }
    throw error;
  }
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (cause) {
    throw new QmpError('protocol', `the peer sent a line that is not JSON: ${excerpt(line)}`, { cause });
  }
}

function excerpt(line: string): string {
  return JSON.stringify(line.length > 200 ? `${line.slice(0, 200)}…` : line);
}
