/** A vitest JSON report, as far as it is looked at here. */
export interface ConformanceReport {
  readonly testResults: readonly {
    readonly assertionResults: readonly {
      readonly ancestorTitles: readonly string[];
      readonly title: string;
      readonly status: string;
    }[];
  }[];
}

interface Shown {
  readonly group: string;
  readonly title: string;
  readonly driver: string;
  readonly status: string;
}

const SUITE = /^driver (.+) conforms to the contract$/;
const REASON_OF_SKIP = / \(not here: .*\)$/;
const MARKS: Readonly<Record<string, string>> = { passed: '✓', failed: '**✗**' };

/** Drivers × behaviours as a Markdown table, one section per group. */
export function conformanceMatrix(report: ConformanceReport): string {
  const all = report.testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .map(({ ancestorTitles: [suite = '', group = ''], title, status }): Shown => {
      const behaviour = title.replace(REASON_OF_SKIP, '');
      return { group, title: behaviour, driver: SUITE.exec(suite)?.[1] ?? '', status };
    })
    .filter(({ driver }) => driver !== '');
  const shown = all.filter(({ driver }) => !isReplaced(driver, all));
  const drivers = [...new Set(shown.map(({ driver }) => driver))].toSorted();
  const groups = [...new Set(shown.map(({ group }) => group))];
  const sections = groups.map((group) => {
    const rows = shown.filter((each) => each.group === group);
    const titles = [...new Set(rows.map(({ title }) => title))];
    const line = (title: string): string => {
      const marks = drivers.map((driver) => {
        const found = rows.find((row) => row.title === title && row.driver === driver);
        return MARKS[found?.status ?? ''] ?? '–';
      });
      return `| ${title.replaceAll('|', '\\|')} | ${marks.join(' | ')} |`;
    };
    const head = `| behaviour | ${drivers.join(' | ')} |\n| --- | ${drivers.map(() => ':-:').join(' | ')} |`;
    return `### ${group}\n\n${head}\n${titles.map(line).join('\n')}\n`;
  });
  const passed = drivers.map((driver) => {
    const own = shown.filter((each) => each.driver === driver);
    return `${driver} ${own.filter(({ status }) => status === 'passed').length} of ${own.length}`;
  });
  return `Behaviours shown: ${passed.join(', ')}.\n\n${sections.join('\n')}`;
}

/** Where a driver could show nothing here, and did elsewhere (the kernel lab), only the latter counts. */
function isReplaced(driver: string, all: readonly Shown[]): boolean {
  const nameOf = (text: string): string => text.split(' (')[0] ?? text;
  const ran = (name: string): boolean => all.some((each) => each.driver === name && each.status !== 'skipped');
  const same = new Set(all.map((each) => each.driver).filter((other) => nameOf(other) === nameOf(driver)));
  return !ran(driver) && [...same].some(ran);
}
