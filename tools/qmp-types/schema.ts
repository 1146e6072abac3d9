import { execFileSync } from 'node:child_process';
import * as z from 'zod';

/** QAPI introspection (QEMU's qapi/introspect.json): what `query-qmp-schema` answers, as far as we look at it. */
const member = z.object({ name: z.string(), type: z.string(), default: z.unknown().optional() });
const entity = z.discriminatedUnion('meta-type', [
  z.object({ 'meta-type': z.literal('builtin'), name: z.string(), 'json-type': z.string() }),
  z.object({ 'meta-type': z.literal('enum'), name: z.string(), values: z.array(z.string()) }),
  z.object({ 'meta-type': z.literal('array'), name: z.string(), 'element-type': z.string() }),
  z.object({
    'meta-type': z.literal('object'),
    name: z.string(),
    members: z.array(member),
    tag: z.string().optional(),
    variants: z.array(z.object({ case: z.string(), type: z.string() })).optional(),
  }),
  z.object({ 'meta-type': z.literal('alternate'), name: z.string(), members: z.array(z.object({ type: z.string() })) }),
  z.object({ 'meta-type': z.literal('command'), name: z.string(), 'arg-type': z.string(), 'ret-type': z.string() }),
  z.object({ 'meta-type': z.literal('event'), name: z.string(), 'arg-type': z.string() }),
]);

export type Entity = z.infer<typeof entity>;
export type Kind = Entity['meta-type'];
export type ObjectType = Extract<Entity, { 'meta-type': 'object' }>;
export type Member = z.infer<typeof member>;

/** What one daemon says that it understands. */
export class QmpSchema {
  readonly #entities: ReadonlyMap<string, Entity>;

  constructor(answer: unknown) {
    this.#entities = new Map(
      z
        .array(entity)
        .parse(answer)
        .map((each) => [each.name, each]),
    );
  }

  get<K extends Kind>(name: string, ...kinds: readonly K[]): Extract<Entity, { 'meta-type': K }> {
    const found = this.find(name);
    if (!isKind(found, kinds)) {
      throw new Error(`${name} is ${found === undefined ? 'not in the schema' : `a ${found['meta-type']}`}`);
    }
    return found;
  }

  find(name: string): Entity | undefined {
    return this.#entities.get(name);
  }
}

function isKind<K extends Kind>(
  found: Entity | undefined,
  kinds: readonly K[],
): found is Extract<Entity, { 'meta-type': K }> {
  return kinds.some((kind) => kind === found?.['meta-type']);
}

export interface Daemon {
  /** e.g. `7.2` */
  readonly version: string;
  readonly schema: QmpSchema;
}

/** Asks a real qemu-storage-daemon. */
export function askDaemon(program: string): Daemon {
  const input = [{ execute: 'qmp_capabilities' }, { execute: 'query-qmp-schema' }, { execute: 'quit' }]
    .map((command) => `${JSON.stringify(command)}\n`)
    .join('');
  const args = ['--chardev', 'stdio,id=qmp', '--monitor', 'chardev=qmp'];
  const output = execFileSync(program, args, { input, encoding: 'utf8', maxBuffer: 2 ** 26, timeout: 30_000 });
  const lines: unknown[] = output.split('\n').flatMap((line) => (line.trim() === '' ? [] : [JSON.parse(line)]));
  const answers = lines.flatMap(
    (line) => z.object({ return: z.array(z.unknown()) }).safeParse(line).data?.return ?? [],
  );
  const said = execFileSync(program, ['--version'], { encoding: 'utf8' });
  return { version: / version (\d+\.\d+)/.exec(said)?.[1] ?? '', schema: new QmpSchema(answers) };
}
