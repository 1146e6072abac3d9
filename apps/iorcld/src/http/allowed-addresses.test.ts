import { expect, it } from 'vitest';
import { allowedAddresses } from './allowed-addresses.ts';

const allowed = allowedAddresses(['127.0.0.1', '192.0.2.0/24', '::1', '2001:db8::/32']);

it.each([
  ['127.0.0.1', true],
  ['::ffff:192.0.2.200', true],
  ['192.0.3.1', false],
  ['::1', true],
  ['2001:db8::5', true],
  ['2001:db9::5', false],
  [undefined, false],
  ['nonsense', false],
])('%s: %s', (address, expected) => {
  expect(allowed(address)).toBe(expected);
});

it.each(['localhost', '192.0.2.0/33', '192.0.2.0/x', '::/129', '1.2.3.4/5/6', ''])('refuses %j', (text) => {
  expect(() => allowedAddresses([text])).toThrow(/expected an IP address or a network/);
});
