import type { ApiClient, Finding, ReconcileReport, Repair } from '@iorcl/api';
import { type Column, type Output, rows } from '../output.ts';
import { UsageError } from '../usage-error.ts';
import type { Command, CommandResult } from './command.ts';

const findingColumns: readonly Column<Finding>[] = [
  { title: 'ID', cell: (row) => row.id },
  { title: 'Kind', cell: (row) => row.kind },
  { title: 'Attachment', cell: (row) => row.attachmentId ?? null },
  { title: 'Since', cell: (row) => row.since },
  { title: 'Difference', cell: (row) => row.message },
  { title: 'Automatic', cell: (row) => row.repair.automatic },
  { title: 'Repair', cell: (row) => row.repair.description },
  { title: 'Command', cell: (row) => row.repair.command },
];

const repairColumns: readonly Column<Repair>[] = [
  { title: 'ID', cell: (row) => row.id },
  { title: 'Kind', cell: (row) => row.kind },
  { title: 'Outcome', cell: (row) => row.outcome },
  { title: 'Message', cell: (row) => row.message },
];

/** What a report leaves out of its table. */
function remarks({ unanswered, guarded }: ReconcileReport): readonly Output[] {
  return [
    ...unanswered.map((who) => `no answer, so nothing was concluded: ${who}`),
    ...(guarded === null ? [] : [guarded]),
  ].map((text) => ({ kind: 'message', text }));
}

export const doctor: Command = {
  words: ['doctor'],
  parameters: [],
  options: {
    last: { help: "show what the last pass of iorcld's own saw, instead of looking now" },
    repair: { value: 'ID', help: 'do the one safe repair of this finding' },
    fix: { help: 'do all automatic repairs' },
    force: { help: 'with --fix: also more than the outage guard allows' },
  },
  summary:
    'Compare what is wanted with what is, and name the one safe repair of each difference. Status 1: there are any.',
  run: async ({ api, options, print }) => {
    const only = options.text('repair');
    if (only !== undefined) return repairOne(api, only);
    if (options.flag('fix')) return fix(api, options.flag('force'), print);
    const report = options.flag('last') ? await api.findings() : await api.reconcile({ dryRun: true });
    if (report === null)
      return { output: { kind: 'message', text: 'No pass of the reconciler has ended yet.' }, status: 1 };
    for (const remark of remarks(report)) print(remark);
    if (report.findings.length === 0) {
      const sure = report.unanswered.length === 0;
      print({ kind: 'message', text: sure ? 'Everything is as it should be.' : 'Nothing else was found.' });
      return { output: rows(findingColumns, []), status: sure ? 0 : 1 };
    }
    return { output: rows(findingColumns, report.findings), status: 1 };
  },
};

async function fix(api: ApiClient, force: boolean, print: (output: Output) => void): Promise<CommandResult> {
  const report = await api.reconcile({ force });
  for (const remark of remarks(report)) print(remark);
  const done = report.repairs.every(({ outcome }) => outcome === 'repaired');
  return { output: rows(repairColumns, report.repairs), status: done ? 0 : 1 };
}

/** iorcld looks anew first: what was found a while ago may be over. */
async function repairOne(api: ApiClient, id: string): Promise<CommandResult> {
  const { findings, repairs } = await api.reconcile({ only: [id] });
  const finding = findings.find((one) => one.id === id);
  if (finding === undefined) {
    throw new UsageError(
      `no such difference any more: ${id}; there are: ${findings.map((one) => one.id).join(', ') || 'none'}`,
    );
  }
  const { kind, repair } = finding;
  if (!repair.automatic) throw new UsageError(`${kind} is left to a person: ${repair.description}: ${repair.command}`);
  const done = repairs.every(({ outcome }) => outcome === 'repaired');
  return { output: rows(repairColumns, repairs), status: done && repairs.length > 0 ? 0 : 1 };
}

export const reconcile: Command = {
  words: ['reconcile'],
  parameters: [],
  options: {
    'dry-run': { help: 'only look' },
    force: { help: 'also take down more than the outage guard allows, without waiting for the grace' },
  },
  summary: 'Make a pass of the reconciler now.',
  run: async ({ api, options, print }) => {
    const dryRun = options.flag('dry-run');
    const report = await api.reconcile({ dryRun, force: options.flag('force') });
    for (const remark of remarks(report)) print(remark);
    const failed = report.guarded !== null || report.repairs.some(({ outcome }) => outcome === 'failed');
    return {
      output: dryRun ? rows(findingColumns, report.findings) : rows(repairColumns, report.repairs),
      status: failed ? 1 : 0,
    };
  },
};
