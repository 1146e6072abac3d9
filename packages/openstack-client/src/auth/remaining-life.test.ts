import { expect, it } from 'vitest';
import { parseTokenInfo } from '../identity/tokens/wire.ts';
import { WireReader } from '../wire/reader.ts';
import { remainingLifeMs } from './remaining-life.ts';

const BORN_MS = Date.UTC(2026, 0, 1);
const LIFE_MS = 3_600_000;
const END_MS = BORN_MS + LIFE_MS;
const iso = (ms: number): string => new Date(ms).toISOString();
const http = (ms: number): string => new Date(ms).toUTCString();
const info = parseTokenInfo(
  new WireReader({ user: { id: 'u', name: 'ann' }, issued_at: iso(BORN_MS), expires_at: iso(END_MS) }, 'token'),
);

it.each<[title: string, date: string | undefined, localMs: number, remainingMs: number]>([
  ["Keystone's clock counts, not ours", http(BORN_MS + 600_000), BORN_MS + 99_000, LIFE_MS - 600_000],
  ['without its header Date ours counts', undefined, BORN_MS + 600_000, LIFE_MS - 600_000],
  ['a Date that is none counts for nothing', 'yesterday', BORN_MS + 600_000, LIFE_MS - 600_000],
  ['a Date after the end is wrong', http(END_MS + 1_000), BORN_MS + 600_000, LIFE_MS - 600_000],
  ['a Date long before the birth is wrong', http(BORN_MS - 86_400_000), END_MS - 1_000, 1_000],
  ['a Date just before the birth is cut to seconds, or of another host', http(BORN_MS - 1_000), END_MS, LIFE_MS],
  ['where both are wrong the token is new', http(0), END_MS + 86_400_000, LIFE_MS],
])('%s', (_, date, localMs, remainingMs) => {
  expect(remainingLifeMs(info, date, localMs)).toBe(remainingMs);
});
