import { describe, expect, it } from 'vitest';
import { apiErrorCodes } from './error.ts';
import { openApiDocument } from './open-api.ts';
import { fillPath, type Route } from './route.ts';
import { apiRoutes } from './routes.ts';

const document = JSON.parse(JSON.stringify(openApiDocument('1.2.3')));
const routes = Object.entries<Route>({ ...apiRoutes });

describe('the OpenAPI document', () => {
  it('has every operation once, with its parameters, its answer and its errors', () => {
    for (const [operationId, route] of routes) {
      const operation = document.paths[route.path][route.method.toLowerCase()];
      expect(operation).toMatchObject({ operationId, summary: route.summary });
      const named = (operation.parameters ?? []).filter((parameter: { in: string }) => parameter.in === 'path');
      expect(named.map(({ name }: { name: string }) => name)).toEqual(
        [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name),
      );
      for (const code of route.errors) {
        expect(operation.responses[apiErrorCodes[code]].description).toContain(`\`${code}\``);
      }
    }
    const operations = Object.values<object>(document.paths).flatMap((path) => Object.values(path));
    expect(operations).toHaveLength(routes.length);
  });

  it('says which requests are accepted as the schemas do', () => {
    const create = document.paths['/v1/attachments'].post.requestBody.content['application/json'].schema;
    expect(create).toMatchObject({ required: ['attachmentId', 'computeHost'], additionalProperties: false });
    const { parameters } = document.paths['/v1/attachments'].get;
    expect(parameters.find(({ name }: { name: string }) => name === 'limit')).toMatchObject({
      ...{ in: 'query', required: false },
      schema: { type: 'integer', minimum: 1, maximum: 1000, default: 1000 },
    });
  });
});

it('parameters fill a path without leaving it', () => {
  expect(fillPath(apiRoutes.drainHost, { host: '../a b' })).toBe('/v1/hosts/..%2Fa%20b/drain');
});
