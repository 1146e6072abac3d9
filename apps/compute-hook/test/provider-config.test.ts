import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const directory = new URL('../nova', import.meta.url).pathname;
/** The interpreter that Nova's packages are installed for. */
const python = '/usr/bin/python3';
const noNova = spawnSync(python, ['-c', 'import nova.compute.provider_config']).status !== 0;

it.skipIf(noNova)(
  `a stock Nova reads the trait from the provider configuration${noNova ? ' (skipped: no Nova is installed)' : ''}`,
  () => {
    const script =
      'import json, sys, nova.compute.provider_config as p; print(json.dumps(p.get_provider_configs(sys.argv[1])))';
    const { stdout } = spawnSync(python, ['-c', script, directory], { encoding: 'utf8' });
    expect(JSON.parse(stdout)).toMatchObject({ $COMPUTE_NODE: { traits: { additional: ['CUSTOM_IORCL'] } } });
  },
);

it('the README asks flavors for the trait that the provider configuration reports', () => {
  const reported = /- (CUSTOM_\w+)/.exec(readFileSync(`${directory}/iorcl-provider.yaml`, 'utf8'))?.[1];
  expect(reported).toBe('CUSTOM_IORCL');
  expect(readFileSync(new URL('../README.md', import.meta.url), 'utf8')).toContain(`trait:${reported}=required`);
});
