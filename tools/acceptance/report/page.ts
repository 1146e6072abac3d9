import type { Path } from '../operation.ts';
import type { StepTime } from '../scene/scene.ts';
import type { OperationResult } from './result-log.ts';

/** What the figures of a run are worth. */
export interface Circumstances {
  /** ISO 8601. */
  readonly date: string;
  readonly machine: string;
  readonly cloud: string;
  readonly minutes: number;
  /** What has this in its title was run after all else, in that time. */
  readonly only?: string | undefined;
}

const HEAD = `# Acceptance

What was shown on a real OpenStack, and how long each step of Nova's took there: for an instance of a flavor with
\`io:enabled=1\`, and, in the same run and by the same calls, for one of a flavor without. Both go through the compute hook.
Written by \`npm run test:acceptance -- --write\`; nothing here is written by hand.

Each operation is done by the user's own API. What a guest reads and writes is compared with what lies in Ceph, and
after each operation nothing may be left: no process, mount, import, network namespace, link, switch port, Neutron port, no
attachment in iorcld or Cinder, nobody who has an RBD image open.

A step lasts from the call to the API until Nova or Cinder shows its final state, in seconds; where it was done several
times, the median is given. "I/O host" is the part of it in which iorcld worked, without the hook's work on the compute host;
for several volumes at once it is the sum.
`;

/** The page `docs/acceptance.md` of a run. */
export function acceptancePage(results: readonly OperationResult[], at: Circumstances): string {
  const families = [...new Set(results.map(({ family }) => family))];
  const count = (outcome: OperationResult['outcome']): number =>
    results.filter((one) => one.outcome === outcome).length;
  return [
    HEAD,
    `Run of ${at.date}, ${duration(at)}: ${count('passed')} passed, ${count('failed')} failed, ${count('skipped')} skipped.`,
    `Cloud: ${at.cloud}.`,
    `Machine: ${at.machine}.`,
    ...families.flatMap((family) => ['', `## ${upperFirst(family)}`, '', ...table(results, family)]),
    '',
  ].join('\n');
}

function duration({ minutes, only }: Circumstances): string {
  return only === undefined
    ? `in ${minutes} minutes`
    : `in parts, of which that with "${only}" in its titles was the last one, in ${minutes} minutes`;
}

function table(results: readonly OperationResult[], family: string): readonly string[] {
  const ofFamily = results.filter((one) => one.family === family);
  const operations = [...new Set(ofFamily.map(({ operation }) => operation))];
  return [
    '| operation | io | stock | step | stock, s | io, s | I/O host, s |',
    '|---|---|---|---|---:|---:|---:|',
    ...operations.flatMap((operation) => rows(ofFamily, operation)),
  ];
}

function rows(results: readonly OperationResult[], operation: string): readonly string[] {
  const of = (path: Path): OperationResult | undefined =>
    results.find((one) => one.operation === operation && one.path === path);
  const [io, stock] = [of('io'), of('stock')];
  const steps = [...new Set([...(io?.steps ?? []), ...(stock?.steps ?? [])].map(({ step }) => step))];
  const cells = (steps.length === 0 ? [undefined] : steps).map((step) => [
    step ?? '',
    seconds(stock, step, (time) => time.seconds),
    seconds(io, step, (time) => time.seconds),
    seconds(io, step, (time) => time.ioHostSeconds),
  ]);
  return cells.map((cell, index) => {
    const first = index === 0 ? [operation, outcome(io), outcome(stock)] : ['', '', ''];
    return `| ${[...first, ...cell].join(' | ')} |`;
  });
}

function outcome(result: OperationResult | undefined): string {
  if (result === undefined) return '–';
  return result.outcome === 'skipped' ? `skipped: ${result.reason ?? ''}` : result.outcome;
}

function seconds(
  result: OperationResult | undefined,
  step: string | undefined,
  read: (time: StepTime) => number,
): string {
  const times = (result?.steps ?? []).filter((one) => one.step === step).map(read);
  if (times.length === 0) return '';
  const median = times.toSorted((a, b) => a - b)[Math.floor((times.length - 1) / 2)] ?? 0;
  return `${median.toFixed(1)}${times.length > 1 ? ` (of ${times.length})` : ''}`;
}

function upperFirst(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
