import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Reporter, TestCase } from 'vitest/node';

/** A test that did not run, and why, where it said so. */
export interface SkippedTest {
  readonly name: string;
  readonly reason: string | undefined;
}

/** Writes the tests that were skipped, with the reasons that vitest's JSON report leaves out. */
export class SkippedReporter implements Reporter {
  readonly #outputFile: string;
  readonly #skipped: SkippedTest[] = [];

  constructor(outputFile: string) {
    this.#outputFile = outputFile;
  }

  onTestCaseResult(test: TestCase): void {
    const result = test.result();
    if (result.state === 'skipped') this.#skipped.push({ name: test.fullName, reason: result.note });
  }

  onTestRunEnd(): void {
    mkdirSync(dirname(this.#outputFile), { recursive: true });
    writeFileSync(this.#outputFile, JSON.stringify(this.#skipped));
  }
}
