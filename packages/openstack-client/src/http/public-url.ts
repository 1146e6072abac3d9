/** The part of a URL that may be shown: no user, no password, no query, no fragment. */
export function publicUrl(url: URL): string {
  return `${url.origin}${url.pathname}`;
}

/** What is wrong with what should be a service's URL; undefined: nothing. `keystone:5000` is of the protocol `keystone:`. */
export function urlFault(text: string): string | undefined {
  if (!URL.canParse(text)) return 'is not a URL';
  const { protocol } = new URL(text);
  return protocol === 'http:' || protocol === 'https:' ? undefined : 'is neither http: nor https:';
}

/** A text that should be a URL and isn't, without what may be a user and a password, or a query. */
export function publicText(text: string): string {
  return JSON.stringify(text.replace(/^([^?#]*?\/\/)?[^?#]*@/, '$1***@').replace(/[?#].*$/s, ''));
}
