import type { Member, ObjectType, QmpSchema } from './schema.ts';
import type { Selection } from './selection.ts';

const JSON_TYPES: Readonly<Record<string, string>> = {
  string: 'string',
  int: 'number',
  number: 'number',
  boolean: 'boolean',
  null: 'null',
};

/** TypeScript source of the selected part of a daemon's schema. The schema's types have no names: they get their path. */
export function generateTypes(schema: QmpSchema, selection: Selection, version: string): string {
  return new Generator(schema, selection).generate(version);
}

class Generator {
  readonly #schema: QmpSchema;
  readonly #selection: Selection;
  readonly #names = new Map<string, string>();
  readonly #variants = new Map<string, readonly string[]>();
  readonly #declarations: string[] = [];

  constructor(schema: QmpSchema, selection: Selection) {
    this.#schema = schema;
    this.#selection = selection;
    for (const [command, cases] of Object.entries(selection.variants)) {
      this.#variants.set(schema.get(command, 'command')['arg-type'], cases);
    }
  }

  generate(version: string): string {
    const commands = Object.entries(this.#selection.commands).map(([name, { answer }]) => {
      const command = this.#schema.get(name, 'command');
      const args = this.#typeOf(command['arg-type'], `${pascal(name)}Arguments`);
      const returns =
        answer === undefined ? 'unknown' : this.#answer(command['ret-type'], `${pascal(name)}Answer`, answer);
      return `  readonly ${key(name)}: { readonly arguments: ${args}; readonly answer: ${returns} };`;
    });
    const events = this.#selection.events.map((name) => {
      const data = this.#typeOf(this.#schema.get(name, 'event')['arg-type'], `${pascal(name.toLowerCase())}Data`);
      return `  readonly ${key(name)}: ${data};`;
    });
    return [
      `// Made by tools/qmp-types from what qemu-storage-daemon ${version} answers to query-qmp-schema. Don't edit.`,
      '',
      '/** Commands that we use: what they take, and what we read of their answers. */',
      'export interface QmpCommands {',
      ...commands,
      '}',
      '',
      '/** Events that we use. */',
      'export interface QmpEvents {',
      ...events,
      '}',
      '',
      this.#declarations.toSorted(byName).join('\n'),
    ].join('\n');
  }

  #typeOf(type: string, path: string): string {
    const known = this.#names.get(type);
    if (known !== undefined) return known;
    const found = this.#schema.get(type, 'builtin', 'enum', 'array', 'object', 'alternate');
    if (found['meta-type'] === 'builtin') return JSON_TYPES[found['json-type']] ?? 'unknown';
    if (found['meta-type'] === 'array') return `readonly (${this.#typeOf(found['element-type'], path)})[]`;
    if (found['meta-type'] === 'object' && found.members.length === 0 && found.variants === undefined) {
      return 'Readonly<Record<string, never>>';
    }
    this.#names.set(type, path);
    if (found['meta-type'] === 'enum') {
      this.#declarations.push(`export type ${path} = ${found.values.toSorted().map(literal).join(' | ')};`);
    } else if (found['meta-type'] === 'alternate') {
      const members = found.members.map((member) =>
        this.#typeOf(member.type, this.#alternativePath(member.type, path)),
      );
      this.#declarations.push(`export type ${path} = ${[...new Set(members)].join(' | ')};`);
    } else {
      this.#declareObject(found, path);
    }
    return path;
  }

  /** An alternate takes several types in one place. */
  #alternativePath(type: string, path: string): string {
    const kind = this.#schema.find(type)?.['meta-type'];
    return kind === 'object' ? `${path}Options` : kind === 'enum' ? `${path}Word` : path;
  }

  #declareObject({ name, members, tag, variants }: ObjectType, path: string): void {
    if (tag === undefined || variants === undefined) {
      this.#declarations.push(`export interface ${path} {${this.#members(members, path)}}`);
      return;
    }
    const tagType = members.find((member) => member.name === tag)?.type ?? '';
    const cases = this.#variants.get(name) ?? this.#schema.get(tagType, 'enum').values;
    const common = members.filter((member) => member.name !== tag);
    if (common.length > 0) {
      this.#declarations.push(`export interface ${path}Common {${this.#members(common, path)}}`);
    }
    const base = common.length > 0 ? ` extends ${path}Common` : '';
    const names = cases.toSorted().map((value) => {
      const type = variants.find((variant) => variant.case === value)?.type;
      if (type === undefined && !this.#schema.get(tagType, 'enum').values.includes(value)) {
        throw new Error(`${path} has no variant "${value}"`);
      }
      const own = type === undefined ? [] : this.#schema.get(type, 'object').members;
      const variant = `${path}${pascal(value)}`;
      const text = ` readonly ${key(tag)}: ${literal(value)};${this.#members(own, variant)}`;
      this.#declarations.push(`export interface ${variant}${base} {${text}}`);
      return variant;
    });
    this.#declarations.push(`export type ${path} = ${names.join(' | ')};`);
  }

  #members(members: readonly Member[], path: string): string {
    const lines = members.toSorted(byName).map((member) => {
      // A member that has a default may be left out; its value is not told.
      const mark = 'default' in member ? '?' : '';
      return ` readonly ${key(member.name)}${mark}: ${this.#typeOf(member.type, path + pascal(member.name))};`;
    });
    return lines.join('');
  }

  /** Only these members: what else a daemon says may differ from version to version. */
  #answer(type: string, path: string, members: readonly string[]): string {
    const found = this.#schema.get(type, 'array', 'object', 'builtin');
    if (found['meta-type'] === 'array') return `readonly ${this.#answer(found['element-type'], path, members)}[]`;
    if (found['meta-type'] === 'builtin') return JSON_TYPES[found['json-type']] ?? 'unknown';
    const lines = [...new Set(members.map((each) => each.split('.')[0] ?? ''))].map((name) => {
      const member = found.members.find((each) => each.name === name);
      if (member === undefined) throw new Error(`${path} has no member "${name}"`);
      const below = members.filter((each) => each.startsWith(`${name}.`)).map((each) => each.slice(name.length + 1));
      const value =
        below.length === 0
          ? this.#typeOf(member.type, path + pascal(name))
          : this.#answer(member.type, path + pascal(name), below);
      return ` readonly ${key(name)}${'default' in member ? '?' : ''}: ${value};`;
    });
    this.#declarations.push(`export interface ${path} {${lines.join('')}}`);
    return path;
  }
}

function byName<T extends string | { readonly name: string }>(one: T, other: T): number {
  const [left, right] = [one, other].map((each) => (typeof each === 'string' ? each : each.name));
  return (left ?? '') < (right ?? '') ? -1 : 1;
}

function pascal(name: string): string {
  return name
    .split(/[-_ .]/)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');
}

function key(name: string): string {
  return /^[A-Za-z_]\w*$/.test(name) ? name : `'${name}'`;
}

function literal(value: string): string {
  return `'${value}'`;
}
