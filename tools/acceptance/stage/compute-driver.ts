import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TESTBED_STATE } from '../../testbed/lifecycle.ts';
import type { Stage } from './stage.ts';

/** The folder that an operator puts on nova-compute's PYTHONPATH. */
const MODULE = new URL('../../../apps/compute-hook/nova', import.meta.url).pathname;

/** Gives the testbed's nova-compute the compute driver module while something is done with it, and then Nova's own driver again. */
export async function withComputeDriverModule(stage: Stage, use: () => Promise<void>): Promise<void> {
  const nova = join(TESTBED_STATE, 'etc/nova');
  const environment = join(nova, 'compute.env');
  const configuration = join(nova, 'compute.d/iorcl-compute-driver.conf');
  const before = readIfThere(environment);
  writeFileSync(environment, `${before ?? ''}PYTHONPATH=${MODULE}\n`);
  writeFileSync(configuration, '[DEFAULT]\ncompute_driver = iorcl.LibvirtDriver\n');
  try {
    await stage.testbed('restart', 'nova-compute');
    await use();
  } finally {
    rmSync(configuration, { force: true });
    if (before === undefined) rmSync(environment, { force: true });
    else writeFileSync(environment, before);
    await stage.testbed('restart', 'nova-compute');
  }
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
