import type { ApiEvent, Finding } from '@iorcl/api';
import { describe, expect, it } from 'vitest';
import { EventLog } from './event-log.ts';
import { EventObserver } from './event-observer.ts';

const finding = (id: string): Finding => ({
  ...{ kind: 'instance_gone', id, message: 'm', since: '2026-01-01T00:00:00Z' },
  repair: { automatic: true, description: 'unexport', command: '' },
});

function filled(count: number): EventLog {
  const log = new EventLog({ capacity: 3, epoch: 'run-1' });
  for (let i = 1; i <= count; i++) log.append({ type: 'findings.changed', findings: [finding(`f${i}`)] });
  return log;
}

describe('the log of events', () => {
  it.each([
    ['before the first event', 0, 'run-1-0', false, []],
    ['the newest', 5, 'run-1-5', false, []],
    ['one that is kept', 5, 'run-1-3', false, ['run-1-4', 'run-1-5']],
    ['the last one that is not kept, after which all are', 5, 'run-1-2', false, ['run-1-3', 'run-1-4', 'run-1-5']],
    ['one that is forgotten', 5, 'run-1-1', true, []],
    ['one of another run', 5, 'run-0-4', true, []],
    ['one that never was', 5, 'run-1-6', true, []],
    ['something else', 5, 'latest', true, []],
  ])('knows what came after %s', (_, count, id, lost, ids) => {
    const missed = filled(count).since(id);
    expect({ lost: missed.lost, ids: missed.events.map((event) => event.id) }).toEqual({ lost, ids });
  });

  it('tells each follower, until that has enough', () => {
    const log = filled(0);
    const seen: ApiEvent[] = [];
    const unfollow = log.follow((event) => seen.push(event));
    log.append({ type: 'resync' });
    unfollow();
    log.append({ type: 'resync' });
    expect(seen).toMatchObject([{ id: 'run-1-1', type: 'resync', at: expect.stringMatching(/^\d{4}-.*Z$/) }]);
    expect(log.followers).toBe(0);
  });
});

it('findings are an event only when they are others than before', () => {
  const log = new EventLog({ epoch: 'e' });
  const observer = new EventObserver(log);
  observer.findingsReported([]);
  observer.findingsReported([finding('a'), finding('b')]);
  observer.findingsReported([finding('b'), finding('a')]);
  observer.findingsReported([]);
  expect(log.since('e-0').events).toMatchObject([
    { type: 'findings.changed', findings: [{ id: 'a' }, { id: 'b' }] },
    { type: 'findings.changed', findings: [] },
  ]);
});
