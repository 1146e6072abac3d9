import { defineConfig, mergeConfig } from 'vitest/config';
import { shared } from '../../vitest.shared.ts';

// Most of the time these tests wait: for daemons to start and to end, and for rates to be measured.
export default defineConfig(mergeConfig(shared, { test: { maxWorkers: 4 } }));
