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
    : shared,
);
