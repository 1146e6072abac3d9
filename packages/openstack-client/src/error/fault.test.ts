import { expect, it } from 'vitest';
import { redact } from './fault.ts';

it('a secret is blotted out in the spellings that a service may repeat it in', () => {
  const secret = 'p"ss/wörd 1';
  const said = [secret, JSON.stringify({ password: secret }), encodeURIComponent(secret)].join(' and ');
  expect(redact(said, [secret])).toBe('*** and {"password":"***"} and ***');
});

it('a secret too short to be one leaves the text readable', () => {
  expect(redact('a volume is attached', ['a'])).toBe('a volume is attached');
});
