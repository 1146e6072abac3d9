import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runToEnd } from '../demo/program.ts';
import { TESTBED } from '../testbed/lifecycle.ts';

/** The folder that an operator puts on nova-compute's PYTHONPATH. */
const MODULE = new URL('../../apps/compute-hook/nova', import.meta.url).pathname;

/**
 * Gives the testbed's nova-compute the compute driver module while something is done with it, and then Nova's own
 * driver again. It has the module from its next start, which a change of its Cinder endpoint is.
 *
 * @param state the testbed's state directory
 */
export async function withComputeDriverModule<T>(state: string, use: () => Promise<T>): Promise<T> {
  const environment = join(state, 'etc/nova/compute.env');
  const configuration = join(state, 'etc/nova/compute.d/iorcl-compute-driver.conf');
  const before = readIfThere(environment);
  writeFileSync(environment, `${before ?? ''}PYTHONPATH=${MODULE}\n`);
  writeFileSync(configuration, '[DEFAULT]\ncompute_driver = iorcl.LibvirtDriver\n');
  try {
    return await use();
  } finally {
    rmSync(configuration, { force: true });
    if (before === undefined) rmSync(environment, { force: true });
    else writeFileSync(environment, before);
    await restartNovaCompute();
  }
}

async function restartNovaCompute(): Promise<void> {
  const { status, out, error } = await runToEnd(join(TESTBED, 'restart'), ['nova-compute'], {}, { timeoutMs: 180_000 });
  if (status !== 0) throw new Error(`nova-compute could not be restarted: ${out}${error}`);
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
