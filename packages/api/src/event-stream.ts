/** One message of a stream of server-sent events; comments are messages without anything. */
export interface StreamMessage {
  readonly id: string | undefined;
  readonly event: string | undefined;
  readonly data: string | undefined;
}

/** The longest message that is read, so that a broken sender can't fill the memory. */
const MOST_BYTES = 16 * 1024 * 1024;

/**
 * Reads server-sent events from chunks of text.
 *
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
 */
export async function* readEventStream(chunks: AsyncIterable<string>): AsyncGenerator<StreamMessage> {
  let rest = '';
  for await (const chunk of chunks) {
    rest = (rest + chunk).replaceAll('\r\n', '\n');
    for (let end = rest.indexOf('\n\n'); end >= 0; end = rest.indexOf('\n\n')) {
      yield parseMessage(rest.slice(0, end));
      rest = rest.slice(end + 2);
    }
    if (rest.length > MOST_BYTES) throw new Error(`an event is longer than ${MOST_BYTES} characters`);
  }
}

function parseMessage(text: string): StreamMessage {
  const fields = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [, name, value = ''] = /^([^:]+)(?:: ?(.*))?$/.exec(line) ?? [];
    if (name === undefined) continue;
    const before = name === 'data' ? fields.get(name) : undefined;
    fields.set(name, before === undefined ? value : `${before}\n${value}`);
  }
  return { id: fields.get('id'), event: fields.get('event'), data: fields.get('data') };
}
