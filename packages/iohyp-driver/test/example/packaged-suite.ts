// Run by driver-package.test.ts under node:test: the suite on the example's driver, loaded as a package from a directory.
import { describe, it } from 'node:test';
import { loadDriverPackage } from '../../src/index.ts';
import { describeDriverConformance } from '../../src/testing/index.ts';
import { plainNbdSite } from './plain-nbd-site.ts';

const [directory = ''] = process.argv.slice(2);
const optionsOf = (runtimeDirectory: string, allowed: string) => ({ runtimeDirectory, allowedDirectories: [allowed] });
const { capabilities } = await loadDriverPackage(
  'iorcl-driver-plain-nbd',
  optionsOf('/nowhere', '/nowhere'),
  directory,
);
const { createDriver } = await import(`${directory}/node_modules/iorcl-driver-plain-nbd/dist/index.js`);

describeDriverConformance({
  driverName: 'iorcl-driver-plain-nbd',
  framework: {
    // Each behaviour has a place of its own.
    describe: (title, define) => void describe(title, { concurrency: 4 }, define),
    it: (title, run) => void it(title, run),
    skip: (title, run) => void it.skip(title, run),
  },
  capabilities,
  // The others are shown by conformance.test.ts, one after the other.
  groups: ['data', 'access', 'refusals', 'lifecycle', 'recovery'],
  newSite: () => plainNbdSite((runtimeDirectory, allowed) => createDriver(optionsOf(runtimeDirectory, allowed))),
});
