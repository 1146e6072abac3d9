import { remainingLifeMs } from '../../auth/remaining-life.ts';
import type { CallOptions } from '../../call-options.ts';
import type { ServiceClient } from '../../service/service-client.ts';
import type { TokenInfo } from './model.ts';
import { parseTokenInfo } from './wire.ts';

export interface ValidToken {
  readonly info: TokenInfo;
  /** Its end by the local clock, however wrong that is. */
  readonly localEndMs: number;
}

/** Asks Keystone whose token it is. @see https://docs.openstack.org/api-ref/identity/v3/#validate-and-show-information-for-token */
export function validateToken(
  service: ServiceClient,
  subjectToken: string,
  options: CallOptions | undefined,
): Promise<ValidToken> {
  return service.request(
    {
      method: 'GET',
      path: ['auth', 'tokens'],
      query: { nocatalog: '1' },
      headers: { 'x-subject-token': subjectToken },
      secrets: [subjectToken],
    },
    (answer, head) => {
      const info = parseTokenInfo(answer.object('token'));
      const localNowMs = Date.now();
      return { info, localEndMs: localNowMs + remainingLifeMs(info, head.header('date'), localNowMs) };
    },
    options,
  );
}
