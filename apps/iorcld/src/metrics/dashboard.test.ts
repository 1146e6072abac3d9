import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import * as z from 'zod';
import { Metrics } from './metrics.ts';

const root = join(import.meta.dirname, '../..');
const dashboard = z
  .object({
    panels: z.array(z.object({ title: z.string(), targets: z.array(z.object({ expr: z.string() })).min(1) })).min(1),
    templating: z.object({ list: z.array(z.object({ name: z.string(), query: z.unknown() })) }),
  })
  .parse(JSON.parse(readFileSync(join(root, 'grafana/dashboard.json'), 'utf8')));
const { groups } = z
  .strictObject({
    groups: z.array(
      z.strictObject({
        name: z.string(),
        rules: z.array(
          z.strictObject({
            alert: z.string().regex(/^[A-Z]\w+$/),
            expr: z.string(),
            for: z
              .string()
              .regex(/^\d+[smhd]$/)
              .optional(),
            labels: z.strictObject({ severity: z.enum(['info', 'warning', 'critical']) }),
            annotations: z.strictObject({ summary: z.string(), description: z.string().optional() }),
          }),
        ),
      }),
    ),
  })
  .parse(parse(readFileSync(join(root, 'prometheus/alerts.yaml'), 'utf8')));

const expressions: readonly [where: string, expression: string][] = [
  ...dashboard.panels.flatMap(({ title, targets }) =>
    targets.map(({ expr }): [string, string] => [`panel “${title}”`, expr]),
  ),
  ...groups.flatMap(({ rules }) => rules.map(({ alert, expr }): [string, string] => [`alert ${alert}`, expr])),
];

/** Series names, and the labels of each, as they are told. `up` and `job`, `instance` are Prometheus' own. */
const known = new Map<string, readonly string[]>([['up', []]]);
const OWN_LABELS = ['job', 'instance', 'le'];

const WORDS =
  /^(?:sum|by|rate|increase|histogram_quantile|time|count|topk|avg|max|min|unless|on|and|or|ignoring|without|group_left)$/;

interface Use {
  readonly name: string;
  readonly labels: readonly string[];
}

/** Names of series in a PromQL expression, with the labels that their selectors name. */
function uses(expression: string): Use[] {
  const bare = expression.replaceAll(/\b(?:by|on|ignoring|without)\s*\([^)]*\)/g, '').replaceAll(/\[[^\]]*\]/g, '');
  const found: Use[] = [];
  for (const [, name = '', selector = ''] of bare.matchAll(/\b([a-zA-Z_:][\w:]*)\b(\{[^}]*\})?/g)) {
    if (WORDS.test(name) || bare.includes(`"${name}"`)) continue;
    found.push({ name, labels: [...selector.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g)].map(([, label = '']) => label) });
  }
  return found.filter(({ name }) => !/^\d/.test(name));
}

/** Labels that an expression groups by. */
function groupedBy(expression: string): string[] {
  return [...expression.matchAll(/\bby\s*\(([^)]*)\)/g)].flatMap(([, names = '']) =>
    names.split(',').map((name) => name.trim()),
  );
}

beforeAll(async () => {
  const metrics = new Metrics({
    version: '1',
    attachments: () => [],
    queueDepth: () => 0,
    hostEnabled: () => true,
    followers: () => 0,
    stats: async () => undefined,
  });
  for (const { name, type, labels } of metrics.described()) {
    for (const suffix of type === 'histogram' ? ['_bucket', '_count', '_sum'] : ['']) known.set(name + suffix, labels);
  }
});

describe('what operators watch', () => {
  it.each(expressions)('%s asks only for metrics and labels that there are', (_, expression) => {
    const found = uses(expression.replaceAll('$host', 'host').replaceAll(/"[^"]*"/g, '""'));
    expect(found.length).toBeGreaterThan(0);
    const labels = new Set<string>(OWN_LABELS);
    for (const use of found) {
      const has = known.get(use.name);
      expect(has, `metric ${use.name}`).toBeDefined();
      for (const label of use.labels) expect([...OWN_LABELS, ...(has ?? [])], use.name).toContain(label);
      for (const label of has ?? []) labels.add(label);
    }
    for (const label of groupedBy(expression)) expect([...labels]).toContain(label);
  });

  it('what an alert’s text shows is a label that its expression keeps', () => {
    for (const { alert, expr, annotations } of groups.flatMap(({ rules }) => rules)) {
      const shown = [...JSON.stringify(annotations).matchAll(/\$labels\.(\w+)/g)].map(([, label = '']) => label);
      const kept = expr.includes(' by (')
        ? groupedBy(expr)
        : [...OWN_LABELS, ...uses(expr.replaceAll(/"[^"]*"/g, '""')).flatMap(({ name }) => known.get(name) ?? [])];
      for (const label of shown) expect(kept, alert).toContain(label);
    }
  });

  it('every metric of iorcld’s own is on the dashboard or in an alert', () => {
    const asked = new Set(expressions.flatMap(([, expression]) => uses(expression).map(({ name }) => name)));
    const own = [...known.keys()].filter((name) => name.startsWith('iorcl_'));
    const unseen = own.filter(
      (name) =>
        ![name, name.replace(/_(bucket|count|sum)$/, '_count'), name.replace(/_(bucket|count|sum)$/, '_bucket')].some(
          (one) => asked.has(one),
        ),
    );
    expect(unseen).toEqual(['iorcl_event_followers', 'iorcl_reconcile_passes_total', 'iorcl_cloud_call_retries_total']);
  });

  it('the check itself finds what there is not', () => {
    expect(uses('sum by (kind) (rate(iorcl_nonsense{x="y"}[5m])) > 0')).toEqual([
      { name: 'iorcl_nonsense', labels: ['x'] },
    ]);
  });
});
