import { defineConfig } from 'vitest/config';
import { reporters, shared } from '../../vitest.shared.ts';

// Run by main.ts, which sees to it that the cloud is up. The results lie beside those of the other tests of tools.
export default defineConfig({
  ...shared,
  root: new URL('..', import.meta.url).pathname,
  test: {
    include: ['acceptance/*.acceptance.ts'],
    pool: 'forks',
    reporters: reporters('-acceptance'),
    testTimeout: 600_000,
    hookTimeout: 600_000,
  },
});
