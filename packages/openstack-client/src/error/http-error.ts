import { OpenStackError, type OpenStackErrorCode, type OpenStackErrorFacts } from './openstack-error.ts';

/** The service answered with an error status (4xx, 5xx). The subclasses name the statuses that callers tell apart. */
export class HttpError extends OpenStackError {
  override readonly name: string = 'HttpError';
  constructor(message: string, facts: OpenStackErrorFacts, code: OpenStackErrorCode = 'http_error') {
    super(code, message, facts);
  }
}

/** 400: the service refuses the request as it is, for instance a volume in the wrong state. */
export class BadRequestError extends HttpError {
  override readonly name = 'BadRequestError';
  constructor(message: string, facts: OpenStackErrorFacts) {
    super(message, facts, 'bad_request');
  }
}

/** 401: wrong credentials, or a token that is no longer valid and could not be renewed. */
export class UnauthorizedError extends HttpError {
  override readonly name: string = 'UnauthorizedError';
  constructor(message: string, facts: OpenStackErrorFacts, code: OpenStackErrorCode = 'unauthorized') {
    super(message, facts, code);
  }
}

/** The token that the client was given has expired, and it has nothing to get another one with. */
export class TokenExpiredError extends UnauthorizedError {
  override readonly name = 'TokenExpiredError';
  constructor(message: string, facts: OpenStackErrorFacts) {
    super(message, facts, 'token_expired');
  }
}

/** 403: the roles of the token don't allow it. */
export class ForbiddenError extends HttpError {
  override readonly name = 'ForbiddenError';
  constructor(message: string, facts: OpenStackErrorFacts) {
    super(message, facts, 'forbidden');
  }
}

/** 404: no such resource, or none that this token may see. */
export class NotFoundError extends HttpError {
  override readonly name = 'NotFoundError';
  constructor(message: string, facts: OpenStackErrorFacts) {
    super(message, facts, 'not_found');
  }
}

/** 409, for instance Cinder's ConflictNovaUsingAttachment. */
export class ConflictError extends HttpError {
  override readonly name = 'ConflictError';
  constructor(message: string, facts: OpenStackErrorFacts) {
    super(message, facts, 'conflict');
  }
}

/**
 * The project's quota is used up: 413 of Cinder and Glance, and what Nova (403) and Neutron (409) answer with the words "Quota
 * exceeded".
 */
export class QuotaExceededError extends HttpError {
  override readonly name = 'QuotaExceededError';
  constructor(message: string, facts: OpenStackErrorFacts) {
    super(message, facts, 'quota_exceeded');
  }
}

/** 406: the cloud is too old (or too new) for the microversion that the call needs. */
export class UnsupportedMicroversionError extends HttpError {
  override readonly name = 'UnsupportedMicroversionError';
  constructor(message: string, facts: OpenStackErrorFacts) {
    super(message, facts, 'unsupported_microversion');
  }
}

/** 429: asked too often. Retryable. */
export class TooManyRequestsError extends HttpError {
  override readonly name = 'TooManyRequestsError';
  constructor(message: string, facts: OpenStackErrorFacts) {
    super(message, { ...facts, retryable: true }, 'too_many_requests');
  }
}

/** 502, 503, 504: the service, or what stands in front of it, is out of order for now. Retryable. */
export class ServiceUnavailableError extends HttpError {
  override readonly name = 'ServiceUnavailableError';
  constructor(message: string, facts: OpenStackErrorFacts) {
    super(message, { ...facts, retryable: true }, 'service_unavailable');
  }
}
