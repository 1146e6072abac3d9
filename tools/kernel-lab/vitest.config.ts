import { defineConfig } from 'vitest/config';
import { shared } from '../../vitest.shared.ts';
import { SkippedReporter } from '../test-summary/skipped-reporter.ts';

/**
 * How `test` runs a project's tests inside the lab. Results have a directory of their own, since Nx brings back
 * `test-results` as a whole. One processor that is slow to start processes: one thread does all files.
 */
export default defineConfig({
  ...shared,
  test: {
    ...shared.test,
    pool: 'threads',
    isolate: false,
    fileParallelism: false,
    testTimeout: 90_000,
    hookTimeout: 90_000,
    reporters: [
      'default',
      ['json', { outputFile: 'lab-results/vitest.json' }],
      new SkippedReporter('lab-results/skipped.json'),
    ],
  },
});
