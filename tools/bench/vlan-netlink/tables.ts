import type { ProcessorTime } from './processor-time.ts';

/** What something took, in milliseconds. */
export interface Cost extends ProcessorTime {
  readonly elapsed: number;
}

type Rows = ReadonlyMap<string, ReadonlyMap<string, Cost>>;

export const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

/** The median of each. */
export function costs(all: readonly Cost[]): Cost {
  return {
    elapsed: median(all.map(({ elapsed }) => elapsed)),
    user: median(all.map(({ user }) => user)),
    kernel: median(all.map(({ kernel }) => kernel)),
  };
}

function table(names: readonly string[], rows: Rows, cell: (cost: Cost, first: Cost | undefined) => string): string {
  const head = `| | ${names.join(' | ')} |\n|---|${names.map(() => '---:|').join('')}`;
  const lines = [...rows].map(([what, row]) => {
    const first = row.get(names[0] ?? '');
    const cells = names.map((name) => {
      const cost = row.get(name);
      return cost === undefined ? 'cannot' : cell(cost, first);
    });
    return `| ${what} | ${cells.join(' | ')} |`;
  });
  return [head, ...lines].join('\n');
}

/** Elapsed times, and how many times the first one's they are. */
export function timeTable(names: readonly string[], rows: Rows): string {
  return table(names, rows, (cost, first) => {
    const { elapsed } = cost;
    return cost === first
      ? elapsed.toFixed(1)
      : `${elapsed.toFixed(1)} (${(elapsed / (first?.elapsed ?? 0)).toFixed(1)}x)`;
  });
}

/** Processor time: the program's own, and the kernel's on its behalf. */
export function costTable(names: readonly string[], rows: Rows): string {
  return table(names, rows, ({ user, kernel }) => `${user.toFixed(0)} + ${kernel.toFixed(0)}`);
}
