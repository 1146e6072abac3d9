import { MalformedAnswerError, RedirectedError } from '../error/exchange-error.ts';
import { faultMessage, redact } from '../error/fault.ts';
import { errorFromStatus } from '../error/from-status.ts';
import type { OpenStackErrorFacts } from '../error/openstack-error.ts';
import type { HttpAnswer } from './transport.ts';

/**
 * The JSON of a successful answer; undefined when it has no body. Everything else becomes the error that it is.
 * No error quotes the body, except for the fault message in its place: bodies hold tokens and storage credentials.
 */
export function jsonAnswer(
  answer: HttpAnswer,
  what: string,
  context: OpenStackErrorFacts,
  secrets: readonly string[],
): unknown {
  const { status } = answer;
  const requestId = answer.header('x-openstack-request-id') ?? answer.header('x-compute-request-id');
  const facts = { ...context, status, requestId };
  const suffix = requestId === undefined ? '' : ` (${requestId})`;
  const type = mediaType(answer);
  if (status >= 300 && status < 400) {
    const message = `${what} answered with a redirect (${status}), which is never followed: check the endpoint's URL`;
    throw new RedirectedError(message + suffix, facts);
  }
  if (status >= 400) {
    const words = isJson(type) ? faultMessage(tryParse(answer.text)) : undefined;
    const fault = words === undefined ? undefined : redact(words, secrets);
    const said =
      fault ??
      (answer.text === '' ? 'without a body' : `with ${type ?? 'an untyped body'}, not with an OpenStack fault`);
    throw errorFromStatus(status, `${what} answered ${status}: ${said}${suffix}`, { ...facts, fault });
  }
  if (answer.text === '') return undefined;
  if (!isJson(type)) {
    const message = `${what} answered ${status} with ${type ?? 'an untyped body'}, expected JSON: is a proxy in the way?`;
    throw new MalformedAnswerError(message + suffix, facts);
  }
  const json = tryParse(answer.text);
  if (json === undefined) {
    const message = `${what} answered ${status} with ${answer.text.length} characters that are not valid JSON (cut off?)`;
    throw new MalformedAnswerError(message + suffix, facts);
  }
  return json;
}

function mediaType(answer: HttpAnswer): string | undefined {
  return answer.header('content-type')?.split(';')[0]?.trim().toLowerCase();
}

function isJson(type: string | undefined): boolean {
  return type !== undefined && /^application\/(?:[\w.-]+\+)?json$/.test(type);
}

/** Undefined when it isn't JSON. The parser's own error is dropped: it quotes the text. */
function tryParse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
