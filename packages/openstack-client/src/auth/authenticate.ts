import { ConfigurationError } from '../error/configuration-error.ts';
import { MalformedAnswerError } from '../error/exchange-error.ts';
import type { OpenStackErrorFacts } from '../error/openstack-error.ts';
import type { Deadline } from '../http/deadline.ts';
import { jsonAnswer } from '../http/json-answer.ts';
import { publicText, publicUrl, urlFault } from '../http/public-url.ts';
import type { HttpAnswer, Transport } from '../http/transport.ts';
import type { TokenInfo } from '../identity/tokens/model.ts';
import { parseTokenInfo } from '../identity/tokens/wire.ts';
import { WireError, WireReader } from '../wire/reader.ts';
import type { AuthMethod, Identification } from './auth-method.ts';
import { type CatalogService, parseCatalogService } from './catalog.ts';
import { versionedEndpoint } from './service-type.ts';

/** A token with all that Keystone said about it. */
export interface AuthenticatedToken {
  readonly value: string;
  readonly info: TokenInfo;
  readonly catalog: readonly CatalogService[];
  /** Of the answer that said so: the time by Keystone's clock. */
  readonly date: string | undefined;
  /** URL of every service, where there is no catalog. */
  readonly endpoint?: string | undefined;
}

/** Keystone's URL with `/v3`. */
export function identityEndpoint(authUrl: string): URL {
  if (authUrl === '') throw new ConfigurationError('There is no Keystone to ask: the client has no authUrl');
  const fault = urlFault(authUrl);
  if (fault !== undefined) throw new ConfigurationError(`authUrl ${publicText(authUrl)} ${fault}`);
  return versionedEndpoint('identity', new URL(authUrl));
}

/**
 * Asks Keystone for a token (`POST /v3/auth/tokens`), or about the token that the method already has (`GET`).
 *
 * @see https://docs.openstack.org/api-ref/identity/v3/#authentication-and-token-management
 */
export async function authenticate(
  method: AuthMethod,
  identification: Identification,
  transport: Transport,
  deadline: Deadline,
  globalRequestId: string,
): Promise<AuthenticatedToken> {
  if (identification.kind === 'none') {
    return { value: '', info: identification.info, catalog: [], date: undefined, endpoint: identification.endpoint };
  }
  const url = identityEndpoint(method.authUrl);
  url.pathname += '/auth/tokens';
  const verb = identification.kind === 'token' ? 'GET' : 'POST';
  const facts: OpenStackErrorFacts = { service: 'identity', method: verb, url: publicUrl(url), globalRequestId };
  const headers = { accept: 'application/json', 'x-openstack-request-id': globalRequestId };
  // A token more is no harm, so also the POST may be repeated.
  const exchange = { method: verb, url, deadline, facts, repeatable: true };
  let answer: HttpAnswer;
  let secrets: readonly string[];
  if (identification.kind === 'token') {
    const { token } = identification;
    secrets = [token];
    answer = await transport.send({
      ...exchange,
      headers: { ...headers, 'x-auth-token': token, 'x-subject-token': token },
    });
  } else {
    secrets = identification.secrets;
    const body = JSON.stringify(identification.body);
    answer = await transport.send({ ...exchange, headers: { ...headers, 'content-type': 'application/json' }, body });
  }
  const what = `identity: ${verb} ${publicUrl(url)} (authentication by ${method.name})`;
  const json = jsonAnswer(answer, what, facts, secrets);
  const value = identification.kind === 'token' ? identification.token : answer.header('x-subject-token');
  if (value === undefined || value === '') {
    throw new MalformedAnswerError(`${what} answered without the header X-Subject-Token`, facts);
  }
  try {
    const token = new WireReader(json, 'answer').object('token');
    const catalog = token.has('catalog') ? token.list('catalog', parseCatalogService) : [];
    return { value, info: parseTokenInfo(token), catalog, date: answer.header('date') };
  } catch (error) {
    if (error instanceof WireError) throw new MalformedAnswerError(`${what}: ${error.message}`, facts);
    throw error;
  }
}
