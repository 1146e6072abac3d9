/** The part of a URL that may be shown: no user, no password, no query, no fragment. */
export function publicUrl(url: URL): string {
  return `${url.origin}${url.pathname}`;
}

/** A text that should be a URL and isn't, without what may be a user and a password, or a query. */
export function publicText(text: string): string {
  return JSON.stringify(text.replace(/^([^?#]*?\/\/)?[^?#]*@/, '$1***@').replace(/[?#].*$/s, ''));
}
