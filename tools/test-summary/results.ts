/** One test of a vitest JSON report. */
interface ReportedTest {
  readonly fullName: string;
  readonly status: string;
  readonly failureMessages?: readonly string[];
}

/** The part of vitest's JSON report (Jest's format) that the summary reads. */
export interface TestReport {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    /** Why the file as a whole failed, such as an import that could not be found. */
    readonly message?: string;
    readonly assertionResults: readonly ReportedTest[];
  }[];
}

export interface TestTotals {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** Rows of docs/ledger.md (B1, H8, …) that a passing test names in its title. */
  readonly ledgerRows: readonly string[];
}

/**
 * Adds up reports. A test file that could not even be loaded counts as one failed test. A test that was skipped in one
 * report and passed in another, since it ran in the kernel lab as well, is none that was skipped.
 */
export function addUp(reports: readonly TestReport[]): TestTotals {
  let passed = 0;
  let failed = 0;
  let skipped = 0;
  const rows = new Set<string>();
  const passedSomewhere = passedTests(reports);
  for (const file of reports.flatMap((report) => report.testResults)) {
    const failedBefore = failed;
    for (const test of file.assertionResults) {
      if (test.status === 'passed') {
        passed++;
        for (const [row] of test.fullName.matchAll(/\b[BH]\d{1,2}\b(?=[^:]*:)/g)) rows.add(row);
      } else if (test.status === 'failed') failed++;
      else if (!passedSomewhere.has(test.fullName)) skipped++;
    }
    if (file.status === 'failed' && failed === failedBefore) failed++;
  }
  const ledgerRows = [...rows].sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  return { passed, failed, skipped, ledgerRows };
}

/** Full names of all tests that passed in one of the reports. */
export function passedTests(reports: readonly TestReport[]): ReadonlySet<string> {
  const tests = reports.flatMap((report) => report.testResults.flatMap((file) => file.assertionResults));
  return new Set(tests.filter(({ status }) => status === 'passed').map(({ fullName }) => fullName));
}

/** A test, or a test file as a whole, that failed, and the first line of why. */
interface FailedTest {
  readonly name: string;
  readonly why: string;
}

export function failedTests(reports: readonly TestReport[]): readonly FailedTest[] {
  return reports
    .flatMap((report) => report.testResults)
    .flatMap((file) => {
      const failed = file.assertionResults
        .filter(({ status }) => status === 'failed')
        .map(({ fullName, failureMessages }) => ({ name: fullName, why: firstLine(failureMessages?.[0]) }));
      if (file.status !== 'failed' || failed.length > 0) return failed;
      return [{ name: file.name, why: firstLine(file.message) }];
    });
}

const firstLine = (text = ''): string => text.split('\n', 1)[0] ?? '';
