import { describe, expect, it } from 'vitest';
import { createLogger } from './logger.ts';
import { requestIdFrom } from './request-id.ts';

function lines(options: { format?: 'text' | 'json' }): { log: ReturnType<typeof createLogger>; written: string[] } {
  const written: string[] = [];
  return { written, log: createLogger({ name: 'iorcld', ...options, write: (line) => written.push(line) }) };
}

describe('logger', () => {
  it('writes time, pid, level, logger, request id, message and facts on one line', () => {
    const { log, written } = lines({});
    log.with({ requestId: 'req-1' }).warn('a\nforged line', { attachmentId: 'a1', reason: 'two words' });
    expect(written).toHaveLength(1);
    expect(written[0]).toMatch(
      /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} \d+ WARNING iorcld \[req-1\] a forged line attachmentId=a1 reason="two words"\n$/,
    );
  });

  it('writes JSON with the same facts, errors with their causes', () => {
    const { log, written } = lines({ format: 'json' });
    log.error('attach failed', { error: new Error('outer', { cause: new Error('inner') }) });
    expect(JSON.parse(written[0] ?? '')).toMatchObject({
      level: 'error',
      message: 'attach failed',
      error: 'outer; caused by: inner',
    });
  });

  it('leaves out what is below its level', () => {
    const { log, written } = lines({});
    log.debug('no');
    expect(written).toEqual([]);
  });
});

it('takes over another level and form while it is used, also in loggers made of it', () => {
  const { log, written } = lines({});
  const bound = log.with({ part: 'x' });
  log.configure({ level: 'debug', format: 'json' });
  bound.debug('now');
  expect(JSON.parse(written[0] ?? '')).toMatchObject({ level: 'debug', message: 'now', part: 'x' });
});

describe('requestIdFrom', () => {
  it("keeps a caller's id of the right form, and makes one otherwise", () => {
    const id = 'req-62adc56c-4cd3-4244-a733-34f36af4b946';
    expect(requestIdFrom(id)).toBe(id);
    for (const bad of [undefined, '', 'req-1', `${id}\r\nx: y`])
      expect(requestIdFrom(bad)).toMatch(/^req-[0-9a-f-]{36}$/);
    expect(requestIdFrom('req-1')).not.toBe('req-1');
  });
});
