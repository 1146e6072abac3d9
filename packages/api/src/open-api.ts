import * as z from 'zod';
import { type ApiErrorCode, apiErrorBodySchema, apiErrorCodes } from './error.ts';
import { answersNothing, type Route, takesBody } from './route.ts';
import { apiRoutes } from './routes.ts';

type Json = Readonly<Record<string, unknown>>;

const ERRORS_BY_RIGHT: Readonly<Record<Route['right'], readonly ApiErrorCode[]>> = {
  none: [],
  look: ['unauthorized', 'forbidden', 'cloud_unavailable', 'journal_unavailable'],
  change: ['unauthorized', 'forbidden', 'cloud_unavailable', 'journal_unavailable'],
};

/**
 * The API as an OpenAPI 3.1 document, made of the same schemas that iorcld parses requests with.
 *
 * @see https://spec.openapis.org/oas/v3.1.0
 */
export function openApiDocument(version: string): Json {
  const paths: Record<string, Record<string, Json>> = {};
  for (const [operationId, route] of Object.entries<Route>({ ...apiRoutes })) {
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: operation(operationId, route) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'iorcld',
      version,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      description:
        'The HTTP API of an iorcl I/O host. Each answer has X-OpenStack-Request-ID; it is taken over from the request where it has the form `req-<uuid>`.',
    },
    servers: [{ url: '/' }],
    tags: [...new Set(Object.values<Route>({ ...apiRoutes }).map(({ tag }) => tag))].map((name) => ({ name })),
    paths,
    components: {
      schemas: { Error: jsonSchema(apiErrorBodySchema, 'output') },
      securitySchemes: {
        keystone: {
          type: 'apiKey',
          in: 'header',
          name: 'X-Auth-Token',
          description:
            'A Keystone token. Roles `service` and `admin` may change; `reader` of the whole system may look. The local administrator’s socket needs none.',
        },
      },
    },
  };
}

function operation(operationId: string, route: Route): Json {
  return {
    operationId,
    tags: [route.tag],
    summary: route.summary,
    ...(route.description === undefined ? {} : { description: route.description }),
    security: route.right === 'none' ? [] : [{ keystone: [] }],
    ...parameters(route),
    ...requestBody(route),
    responses: {
      ...(answersNothing(route)
        ? { 204: { description: 'Done.' } }
        : {
            200: {
              description: 'Done.',
              content: { [route.answerType ?? 'application/json']: { schema: jsonSchema(route.answer, 'output') } },
            },
          }),
      ...errorAnswers(route),
    },
  };
}

function requestBody({ body }: Route): Json {
  if (!takesBody({ body })) return {};
  // Where the empty object will do, so will nothing.
  const required = !body.safeParse({}).success;
  return { requestBody: { required, content: { 'application/json': { schema: jsonSchema(body, 'input') } } } };
}

function parameters(route: Route): Json {
  const found = (['path', 'query'] as const).flatMap((place) => {
    const schema = jsonSchema(place === 'path' ? route.params : route.query, 'input');
    const required = list(schema['required']);
    return Object.entries(record(schema['properties'])).map(([name, property]) => ({
      name,
      in: place,
      required: place === 'path' || required.includes(name),
      schema: property,
    }));
  });
  if (route.answerType === 'text/event-stream') {
    return {
      parameters: [...found, { name: 'Last-Event-ID', in: 'header', required: false, schema: { type: 'string' } }],
    };
  }
  return found.length === 0 ? {} : { parameters: found };
}

/** Codes by their status: an answer of OpenAPI has a status, and several codes may share it. */
function errorAnswers(route: Route): Json {
  const codes: readonly ApiErrorCode[] = [
    ...new Set<ApiErrorCode>([
      'bad_request',
      'rate_limited',
      'internal',
      ...ERRORS_BY_RIGHT[route.right],
      ...route.errors,
    ]),
  ];
  const byStatus = Map.groupBy(codes, (code) => apiErrorCodes[code]);
  return Object.fromEntries(
    [...byStatus].map(([status, of]) => [
      status,
      {
        description: of.map((code) => `\`${code}\``).join(', '),
        content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
      },
    ]),
  );
}

function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io });
  return rest;
}

function record(value: unknown): Json {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
