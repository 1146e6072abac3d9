import type { HookRequest } from '../proxy/front-door.ts';
import { headerPairs } from '../proxy/hop-by-hop.ts';
import type { WholeAnswer } from '../proxy/reverse-proxy.ts';

/** Sends a whole answer, its headers as they came but for the length. */
export function relay({ response }: HookRequest, answer: WholeAnswer): void {
  const headers: string[] = [];
  for (const [name, value] of headerPairs(answer.rawHeaders)) {
    if (!/^(content-length|transfer-encoding|content-encoding|trailer|etag)$/i.test(name)) headers.push(name, value);
  }
  headers.push('Content-Length', String(answer.body.length));
  response.sendDate = false;
  response.removeHeader('connection');
  response.writeHead(answer.status, answer.reason, headers);
  response.end(answer.body);
}
