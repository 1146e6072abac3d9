import type { FakeAnswer, FakeRequest } from './exchange.ts';

/** Values of the `:name` segments of a route. */
type PathParameters = (name: string) => string;

export type Handler = (request: FakeRequest, parameter: PathParameters) => FakeAnswer | Promise<FakeAnswer>;

/** `METHOD /path/:parameter` -> handler. The first that fits is taken. */
export type RouteTable = Readonly<Record<string, Handler>>;

export interface FoundRoute {
  readonly handler: Handler;
  readonly parameter: PathParameters;
}

export function findRoute(table: RouteTable, method: string, path: string): FoundRoute | undefined {
  const segments = split(path);
  for (const [pattern, handler] of Object.entries(table)) {
    const [verb, template] = pattern.split(' ');
    if (verb !== method || template === undefined) continue;
    const values = match(split(template), segments);
    if (values === undefined) continue;
    const parameter: PathParameters = (name) => {
      const value = values.get(name);
      if (value === undefined) throw new Error(`route ${pattern} has no parameter ${name}`);
      return value;
    };
    return { handler, parameter };
  }
  return undefined;
}

function split(path: string): string[] {
  return path.split('/').filter((segment) => segment !== '');
}

function match(template: readonly string[], segments: readonly string[]): Map<string, string> | undefined {
  if (template.length !== segments.length) return undefined;
  const values = new Map<string, string>();
  for (const [index, part] of template.entries()) {
    const segment = segments[index];
    if (segment === undefined) return undefined;
    if (part.startsWith(':')) values.set(part.slice(1), decodeURIComponent(segment));
    else if (part !== segment) return undefined;
  }
  return values;
}
