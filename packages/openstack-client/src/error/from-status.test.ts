import { expect, it } from 'vitest';
import { errorFromStatus } from './from-status.ts';

it.each([
  [400, 'BadRequestError', 'bad_request', false],
  [401, 'UnauthorizedError', 'unauthorized', false],
  [403, 'ForbiddenError', 'forbidden', false],
  [404, 'NotFoundError', 'not_found', false],
  [406, 'UnsupportedMicroversionError', 'unsupported_microversion', false],
  [409, 'ConflictError', 'conflict', false],
  [413, 'QuotaExceededError', 'quota_exceeded', false],
  [418, 'HttpError', 'http_error', false],
  [429, 'TooManyRequestsError', 'too_many_requests', true],
  [500, 'HttpError', 'http_error', false],
  [502, 'ServiceUnavailableError', 'service_unavailable', true],
  [503, 'ServiceUnavailableError', 'service_unavailable', true],
  [504, 'ServiceUnavailableError', 'service_unavailable', true],
] as const)('%i is a %s with code %s', (status, name, code, retryable) => {
  expect(errorFromStatus(status, 'message', {})).toMatchObject({ name, code, status, retryable, message: 'message' });
});

it.each([
  [403, 'Quota exceeded for instances: Requested 1, but already used 10 of 10 instances'],
  [403, 'Quota exceeded, too many key pairs.'],
  [409, "Quota exceeded for resources: ['port']."],
])('%i is a QuotaExceededError where Nova and Neutron say so (%s)', (status, fault) => {
  expect(errorFromStatus(status, 'message', { fault })).toMatchObject({ code: 'quota_exceeded', status, fault });
});
