import { createHmac } from 'node:crypto';
import { expect, it } from 'vitest';
import { knownHostKeys } from './known-hosts.ts';

const key = Buffer.from('one key');
const other = Buffer.from('another key');
const line = (hosts: string, bytes = key): string => `${hosts} ssh-ed25519 ${bytes.toString('base64')} comment\n`;

function hashed(name: string): string {
  const salt = Buffer.from('twenty bytes of salt');
  return `|1|${salt.toString('base64')}|${createHmac('sha1', salt).update(name).digest('base64')}`;
}

it.each([
  ['its name', line('io-1'), 'io-1', 22, 'known'],
  ['its name in capitals', line('IO-1'), 'io-1', 22, 'known'],
  ['one name of several', line('other,io-1,192.0.2.7'), 'io-1', 22, 'known'],
  ['a pattern', line('io-?.example.*'), 'io-1.example.org', 22, 'known'],
  ['a pattern that excludes it', line('*.example.org,!io-1.example.org'), 'io-1.example.org', 22, 'unknown'],
  ['a dot, which is no wildcard', line('io.1'), 'io-1', 22, 'unknown'],
  ['a hashed name', line(hashed('io-1')), 'io-1', 22, 'known'],
  ['another hashed name', line(hashed('io-2')), 'io-1', 22, 'unknown'],
  ['name and port', line('[io-1]:2222'), 'io-1', 2222, 'known'],
  ['a name without the port that is asked for', line('io-1'), 'io-1', 2222, 'unknown'],
  ['another key', line('io-1', other), 'io-1', 22, 'changed'],
  ['another key and this one', line('io-1', other) + line('io-1'), 'io-1', 22, 'known'],
  ['a revoked key', `@revoked ${line('*')}${line('io-1')}`, 'io-1', 22, 'revoked'],
  ['a certificate authority', `@cert-authority ${line('io-1')}`, 'io-1', 22, 'unknown'],
  ['a comment', `# ${line('io-1')}`, 'io-1', 22, 'unknown'],
  ['nothing', '', 'io-1', 22, 'unknown'],
  ['half a line', 'io-1 ssh-ed25519\n', 'io-1', 22, 'unknown'],
] as const)('a known_hosts file with %s', (_what, text, host, port, verdict) => {
  expect(knownHostKeys(text, host, port).verdict(key)).toBe(verdict);
});
