import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { type HookConfiguration, loadConfiguration, sampleOfConfiguration } from './configuration.ts';
import { sections } from './sections.ts';

const directory = mkdtempSync(join(tmpdir(), 'iorcl-hook-sample-'));
afterAll(() => rmSync(directory, { recursive: true }));

const required = `[proxy]
cinder_endpoint = http://controller:8776
[iorcl]
endpoint = https://io-1:8790
[service_user]
auth_url = http://keystone:5000
username = iorcl
password = s3cret
project_name = service
[network]
targets = physnet1:bridge
`;

function load(...texts: string[]): HookConfiguration {
  const files = texts.map((text, index) => {
    const file = join(directory, `${index}.conf`);
    writeFileSync(file, text);
    return file;
  });
  return loadConfiguration(files);
}

it('the sample has every option, each with a help text', () => {
  const sample = sampleOfConfiguration();
  for (const [section, { shape }] of Object.entries(sections)) {
    expect(sample).toContain(`\n[${section}]\n`);
    for (const option of Object.keys(shape)) expect(sample).toMatch(new RegExp(`^# .+\\n#${option} =`, 'm'));
  }
});

it('the sample changes nothing, and with its comment signs taken away it says the defaults', () => {
  const sample = sampleOfConfiguration();
  const defaults = load(required);
  expect(load(sample, required)).toEqual(defaults);
  const said = sample.replaceAll(/^#(\w+ =(?!.*<).*)$/gm, '$1');
  expect(said.match(/^\w+ =/gm)?.length).toBeGreaterThan(15);
  expect(load(said, required)).toEqual(defaults);
});
