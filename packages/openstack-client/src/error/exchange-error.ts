import { OpenStackError, type OpenStackErrorFacts } from './openstack-error.ts';

/** No connection, or it broke before the answer was complete. Retryable; a POST may have had its effect all the same. */
export class ConnectionError extends OpenStackError {
  override readonly name = 'ConnectionError';
  constructor(message: string, facts: OpenStackErrorFacts) {
    super('connection_failed', message, { ...facts, retryable: true });
  }
}

/** The deadline (`timeoutMs`) passed before the answer was complete. Retryable. */
export class TimeoutError extends OpenStackError {
  override readonly name = 'TimeoutError';
  constructor(message: string, facts: OpenStackErrorFacts) {
    super('timeout', message, { ...facts, retryable: true });
  }
}

/** The caller's AbortSignal ended the call. `cause` is the signal's reason. */
export class AbortedError extends OpenStackError {
  override readonly name = 'AbortedError';
  constructor(message: string, facts: OpenStackErrorFacts) {
    super('aborted', message, facts);
  }
}

/** An answer that is not what the API reference promises: not JSON, cut off, a field missing or of another type. */
export class MalformedAnswerError extends OpenStackError {
  override readonly name = 'MalformedAnswerError';
  constructor(message: string, facts: OpenStackErrorFacts) {
    super('malformed_answer', message, facts);
  }
}

/** The answer is longer than `maxAnswerBytes`. It was not read further than that. */
export class AnswerTooLargeError extends OpenStackError {
  override readonly name = 'AnswerTooLargeError';
  constructor(message: string, facts: OpenStackErrorFacts) {
    super('answer_too_large', message, facts);
  }
}

/** The service answered with a redirect. It is never followed: a token must not travel to where a stranger points. */
export class RedirectedError extends OpenStackError {
  override readonly name = 'RedirectedError';
  constructor(message: string, facts: OpenStackErrorFacts) {
    super('redirected', message, facts);
  }
}
