import type { ViteUserConfig } from 'vitest/config';
import { SkippedReporter } from './tools/test-summary/skipped-reporter.ts';

/** Where results go. `variant` keeps a project's second run, for instance on a real cloud, apart from its first. */
export function reporters(variant = ''): NonNullable<NonNullable<ViteUserConfig['test']>['reporters']> {
  return [
    'default',
    ['json', { outputFile: `test-results/vitest${variant}.json` }],
    new SkippedReporter(`test-results/skipped${variant}.json`),
  ];
}

/** What every project's vitest.config.ts shares: tests run on the sources, results go to test-results/. */
export const shared: ViteUserConfig = {
  resolve: { conditions: ['@iorcl/source', 'node', 'import', 'default'] },
  ssr: { resolve: { conditions: ['@iorcl/source', 'node', 'import', 'default'] } },
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    pool: 'forks',
    testTimeout: 20_000,
    hookTimeout: 30_000,
    reporters: reporters(),
  },
};
