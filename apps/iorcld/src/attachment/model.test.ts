import { describe, expect, it, vi } from 'vitest';
import type { Mistakes } from '../../test/model/attachment-model.ts';
import { check } from '../../test/model/check.ts';

vi.setConfig({ testTimeout: 300_000 });

it('every state that can be reached keeps the safety properties, and from each all intents end', () => {
  const { states, steps, violation, stuck } = check();
  console.info(`model of attachments: ${states} states, ${steps} transitions`);
  expect(violation).toBeUndefined();
  expect(stuck).toBeUndefined();
  expect(states).toBeGreaterThan(1_000);
});

describe('the model notices', () => {
  it.each<[string, Mistakes]>([
    ['that whoever leaves is not cut off', { noCut: true }],
    ['that a second attachment is taken without a migration', { noMigrationRule: true }],
    ['that Nova is told too early', { answerEarly: true }],
    ['that nothing is journalled', { noJournal: true }],
  ])('%s', (_, mistakes) => {
    expect(check(mistakes).violation).toBeDefined();
  });
});
