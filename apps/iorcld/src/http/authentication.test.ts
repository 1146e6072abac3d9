import { expect, it } from 'vitest';
import type { Caller } from '../cloud/contract.ts';
import { Authentication } from './authentication.ts';

const admin: Caller = { userId: 'u', userName: 'admin', projectName: 'admin', systemScoped: false, roles: ['admin'] };

function counting(answer: Caller | undefined) {
  const asked: string[] = [];
  const identity = {
    validate: async (token: string) => {
      asked.push(token);
      return answer;
    },
  };
  return { asked, identity };
}

it('Keystone is asked once per token while its answer is fresh', async () => {
  let now = 0;
  const { asked, identity } = counting(admin);
  const authentication = new Authentication({ identity, cacheMs: 1_000, now: () => now });
  for (const at of [0, 999, 1_000, 1_500]) {
    now = at;
    expect(await authentication.require('change', 'a')).toBe(admin);
  }
  await authentication.require('change', 'b');
  expect(asked).toEqual(['a', 'a', 'b']);
});

it('a token that Keystone refuses is asked about each time: it may become good', async () => {
  const { asked, identity } = counting(undefined);
  const authentication = new Authentication({ identity });
  for (const _ of [1, 2])
    await expect(authentication.require('look', 'a')).rejects.toMatchObject({ code: 'unauthorized' });
  expect(asked).toEqual(['a', 'a']);
});

it('a storm of tokens does not fill the memory', async () => {
  const { asked, identity } = counting(admin);
  const authentication = new Authentication({ identity, cacheMs: 60_000, now: () => 0 });
  for (let i = 0; i <= 1_000; i++) await authentication.require('look', `t${i}`);
  await authentication.require('look', 't1000');
  expect(asked).toHaveLength(1_001);
  await authentication.require('look', 't0');
  expect(asked).toHaveLength(1_002);
});
