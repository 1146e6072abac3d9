import { defineConfig } from 'vitest/config';
import { reporters, shared } from '../../vitest.shared.ts';

// With IORCL_REAL_CLOUD only the contract suite runs, on that cloud: see test/contract/README.md.
const onRealCloud = process.env['IORCL_REAL_CLOUD'] !== undefined;

export default defineConfig(
  onRealCloud
    ? {
        ...shared,
        test: {
          ...shared.test,
          include: ['test/contract/**/*.test.ts'],
          testTimeout: 180_000,
          hookTimeout: 300_000,
          fileParallelism: false,
          reporters: reporters('-real-cloud'),
        },
      }
    : {
        ...shared,
        test: {
          ...shared.test,
          // `npm test` measures it, and fails below: of the library itself; the fake cloud has the contract suite.
          coverage: {
            include: ['src/**/*.ts'],
            exclude: ['src/testing/**', '**/*.test.ts'],
            reporter: ['text-summary'],
            thresholds: { lines: 95 },
          },
        },
      },
);
