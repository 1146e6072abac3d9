import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Path } from '../operation.ts';
import type { StepTime } from '../scene/scene.ts';

/** What became of one operation on one path. */
export interface OperationResult {
  readonly family: string;
  readonly operation: string;
  readonly path: Path;
  readonly outcome: 'passed' | 'failed' | 'skipped';
  /** Why it was skipped, or failed. */
  readonly reason?: string | undefined;
  readonly steps: readonly StepTime[];
}

/** Where a run leaves its results. */
export const RESULTS_FILE: string = new URL('../../test-results/acceptance.json', import.meta.url).pathname;

interface Open {
  passed(steps: readonly StepTime[]): void;
  failed(steps: readonly StepTime[], reason: string): void;
  skipped(reason: string): void;
}

/** Collects the results of a run, beside those that are there. */
export class ResultLog {
  readonly #results: OperationResult[] = readResults();

  begin(about: Pick<OperationResult, 'family' | 'operation' | 'path'>): Open {
    const end = (rest: Omit<OperationResult, keyof typeof about>): void => {
      const same = this.#results.findIndex((one) => isDeepStrictEqual(identity(one), identity(about)));
      this.#results.splice(same === -1 ? this.#results.length : same, same === -1 ? 0 : 1, { ...about, ...rest });
      this.#write();
    };
    return {
      passed: (steps) => end({ outcome: 'passed', steps }),
      failed: (steps, reason) => end({ outcome: 'failed', reason, steps }),
      skipped: (reason) => end({ outcome: 'skipped', reason, steps: [] }),
    };
  }

  /** After each, so that a run can be followed, and one that is cut short has left what it saw. */
  #write(): void {
    mkdirSync(dirname(RESULTS_FILE), { recursive: true });
    writeFileSync(RESULTS_FILE, JSON.stringify(this.#results, undefined, 1));
  }
}

function readResults(): OperationResult[] {
  return existsSync(RESULTS_FILE) ? JSON.parse(readFileSync(RESULTS_FILE, 'utf8')) : [];
}

function identity({ family, operation, path }: Pick<OperationResult, 'family' | 'operation' | 'path'>): unknown {
  return { family, operation, path };
}
