/** Belong to one connection even when `Connection` does not name them (RFC 9110, 7.6.1). */
const PER_CONNECTION = new Set(['keep-alive', 'proxy-connection', 'te', 'upgrade']);

/** Never dropped, whatever `Connection` names: without them the message would end elsewhere on the next hop. */
const FRAMING = new Set(['host', 'content-length', 'transfer-encoding']);

/**
 * The headers of a message as they go to the next hop: order, case and duplicates as they came, without those that
 * belong to one connection only (RFC 9110, 7.6.1). `Connection: close` and `keep-alive` stay as written, because each
 * connection of a client has one to Cinder of its own and shares its fate.
 *
 * @param rawHeaders names and values in turn, as `IncomingMessage.rawHeaders` has them
 */
export function endToEndHeaders(rawHeaders: readonly string[]): string[] {
  const named = new Set<string>();
  for (const [name, value] of headerPairs(rawHeaders)) {
    if (name.toLowerCase() !== 'connection') continue;
    for (const option of value.split(',')) named.add(option.trim().toLowerCase());
  }
  const kept: string[] = [];
  for (const [name, value] of headerPairs(rawHeaders)) {
    const key = name.toLowerCase();
    if (key === 'connection') {
      const options = value.split(',').filter((option) => /^\s*(close|keep-alive)\s*$/i.test(option));
      if (options.length > 0) kept.push(name, options.join(',').trim());
    } else if (FRAMING.has(key) || !(named.has(key) || PER_CONNECTION.has(key))) kept.push(name, value);
  }
  return kept;
}

/** `rawHeaders` without the named header (lower case). */
export function withoutHeader(rawHeaders: readonly string[], name: string): string[] {
  const kept: string[] = [];
  for (const [key, value] of headerPairs(rawHeaders)) if (key.toLowerCase() !== name) kept.push(key, value);
  return kept;
}

/** Pairs of a flat list of names and values. */
export function* headerPairs(rawHeaders: readonly string[]): Generator<readonly [name: string, value: string]> {
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    yield [rawHeaders[index] ?? '', rawHeaders[index + 1] ?? ''];
  }
}
