import { mkdtempSync, rmSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { run } from './run.ts';

let out: string[];
let errors: string[];
let asked: string[];
let server: http.Server;
let directory: string;
let answers: Readonly<Record<string, unknown>>;

/** An iorcld that gives one answer per path, over a socket where no token is needed. */
beforeEach(async () => {
  [out, errors, asked, answers] = [[], [], [], {}];
  directory = mkdtempSync(join(tmpdir(), 'iorcl-cli-'));
  server = http.createServer((request, response) => {
    const path = `${request.method} ${request.url}`;
    asked.push(path);
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(answers[path] ?? {}));
  });
  await new Promise<void>((resolve) => server.listen(join(directory, 'sock'), resolve));
});
afterEach(async () => {
  await new Promise((resolve) => server.close(resolve));
  rmSync(directory, { recursive: true });
});

function iorcl(...words: string[]): Promise<0 | 1 | 2> {
  return run(
    words,
    { IORCL_ENDPOINT: `unix:${join(directory, 'sock')}` },
    {
      out: (line) => out.push(line),
      error: (line) => errors.push(line),
      signal: new AbortController().signal,
    },
  );
}

describe('wrong usage is status 2, and asks nobody', () => {
  it.each([
    [['attachment', 'set-qos', 'x', '--iops-total', 'many'], '--iops-total many: expected a whole number above 0'],
    [['attachment', 'set-qos', 'x', '--iops-total', '5', '--reset'], '--reset goes with no limit'],
    [['attachment', 'resize', 'x', '--size', '1.5'], '--size 1.5: expected a whole number above 0'],
    [
      ['attachment', 'list', '--status', 'gone'],
      'unknown status: gone; expected one of attaching, attached, detaching, error',
    ],
    [
      ['host', 'list', '--endpoint', 'unix:relative'],
      'the endpoint is not an http:// or https:// URL: unix:relative; unix:/PATH will do, too',
    ],
  ])('%j', async (words, message) => {
    expect(await iorcl(...words)).toBe(2);
    expect({ out, errors, asked }).toEqual({ out: [], errors: [message], asked: [] });
  });
});

const finding = (kind: string, facts: object = {}) => ({
  ...{ kind, id: `${kind}:1`, message: 'it differs', since: '2026-01-01T00:00:00Z', ...facts },
  repair: { automatic: kind !== 'nova_record_differs', description: 'do this', command: 'type this' },
});
const report = (changes: object) => ({
  report: {
    ...{ startedAt: 'now', seconds: 1, dryRun: true, findings: [], repairs: [], unanswered: [], guarded: null },
    ...changes,
  },
});

describe('doctor', () => {
  it('says so when all is well', async () => {
    answers = { 'POST /v1/reconcile': report({}) };
    expect(await iorcl('doctor')).toBe(0);
    expect(out.join('\n')).toContain('Everything is as it should be.');
  });

  it('does not claim that where somebody did not answer', async () => {
    answers = { 'POST /v1/reconcile': report({ unanswered: ['Nova: connection refused'] }) };
    expect(await iorcl('doctor')).toBe(1);
    expect(out.join('\n')).toMatch(
      /no answer, so nothing was concluded: Nova: connection refused\nNothing else was found/,
    );
  });

  it('names each difference with its one safe repair, in status 1', async () => {
    answers = { 'POST /v1/reconcile': report({ findings: [finding('instance_gone', { attachmentId: 'a' })] }) };
    expect(await iorcl('doctor', '-f', 'json')).toBe(1);
    expect(JSON.parse(out.join(''))).toMatchObject([
      {
        ID: 'instance_gone:1',
        Attachment: 'a',
        Difference: 'it differs',
        Automatic: true,
        Repair: 'do this',
        Command: 'type this',
      },
    ]);
  });

  it('--last shows what iorcld saw by itself', async () => {
    answers = { 'GET /v1/findings': { report: null } };
    expect(await iorcl('doctor', '--last')).toBe(1);
    expect(out).toEqual(['No pass of the reconciler has ended yet.']);
  });

  it('--repair has iorcld repair that finding, whatever its kind', async () => {
    const repair = (outcome: string) => ({ id: 'kernel_unowned:1', kind: 'kernel_unowned', outcome, message: 'm' });
    for (const [outcome, status] of [
      ['repaired', 0],
      ['failed', 1],
    ] as const) {
      answers = {
        'POST /v1/reconcile': report({ findings: [finding('kernel_unowned')], repairs: [repair(outcome)] }),
      };
      expect(await iorcl('doctor', '--repair', 'kernel_unowned:1')).toBe(status);
    }
    expect(asked).toEqual(['POST /v1/reconcile', 'POST /v1/reconcile']);
  });

  it('--repair of what is a person’s says which command', async () => {
    answers = { 'POST /v1/reconcile': report({ findings: [finding('nova_record_differs')] }) };
    expect(await iorcl('doctor', '--repair', 'nova_record_differs:1')).toBe(2);
    expect(errors.join()).toMatch(/left to a person: do this: type this/);
  });

  it('--repair of what is over says what there is', async () => {
    answers = { 'POST /v1/reconcile': report({ findings: [finding('instance_gone')] }) };
    expect(await iorcl('doctor', '--repair', 'size_outdated:1')).toBe(2);
    expect(errors.join()).toMatch(/no such difference any more.*instance_gone:1/);
  });

  it('--fix is status 1 while anything is left', async () => {
    const repair = (outcome: string) => ({ id: 'x', kind: 'instance_gone', outcome, message: 'm' });
    answers = { 'POST /v1/reconcile': report({ repairs: [repair('repaired')] }) };
    expect(await iorcl('doctor', '--fix')).toBe(0);
    answers = {
      'POST /v1/reconcile': report({ repairs: [repair('repaired'), repair('deferred')], guarded: 'too much' }),
    };
    expect(await iorcl('doctor', '--fix')).toBe(1);
    expect(out.join('\n')).toContain('too much');
  });
});
