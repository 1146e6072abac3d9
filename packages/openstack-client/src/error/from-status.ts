import {
  BadRequestError,
  ConflictError,
  ForbiddenError,
  HttpError,
  NotFoundError,
  QuotaExceededError,
  ServiceUnavailableError,
  TooManyRequestsError,
  UnauthorizedError,
  UnsupportedMicroversionError,
} from './http-error.ts';
import type { OpenStackErrorFacts } from './openstack-error.ts';

type HttpErrorClass = new (message: string, facts: OpenStackErrorFacts) => HttpError;

const CLASSES: ReadonlyMap<number, HttpErrorClass> = new Map<number, HttpErrorClass>([
  [400, BadRequestError],
  [401, UnauthorizedError],
  [403, ForbiddenError],
  [404, NotFoundError],
  [406, UnsupportedMicroversionError],
  [409, ConflictError],
  [413, QuotaExceededError],
  [429, TooManyRequestsError],
  [502, ServiceUnavailableError],
  [503, ServiceUnavailableError],
  [504, ServiceUnavailableError],
]);

/** The error that an answer with this status becomes. */
export function errorFromStatus(status: number, message: string, facts: OpenStackErrorFacts): HttpError {
  // Nova's and Neutron's statuses for it have other meanings as well.
  const isQuota = (status === 403 || status === 409) && facts.fault?.startsWith('Quota exceeded') === true;
  const ErrorClass = isQuota ? QuotaExceededError : (CLASSES.get(status) ?? HttpError);
  return new ErrorClass(message, { ...facts, status });
}
