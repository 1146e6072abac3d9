import { expect, it } from 'vitest';
import * as z from 'zod';
import { option } from './option.ts';
import { sampleConfiguration } from './sample-configuration.ts';

it('has every option with its help and its default, commented out', () => {
  const sections = {
    DEFAULT: z.object({
      host: option.string().default('io-1').meta({ description: 'Name.', sample: "<the machine's>" }),
    }),
    api: z.object({
      port: option.integer().default(8790).describe('A port.'),
      tls: option
        .boolean()
        .default(false)
        .describe(`Long ${'words '.repeat(20)}`.trim()),
      peers: option.list().default([]).describe('Peers.'),
      range: option
        .parsed((text) => text.split('-'))
        .prefault('1-2')
        .describe('A range.'),
      file: option.path().optional().describe('A file.'),
      user: option.string().describe('A user.'),
    }),
  };
  const sample = sampleConfiguration('Of a test.', sections);
  expect(sample).toContain(
    "# Of a test.\n\n[DEFAULT]\n\n# Name.\n#host = <the machine's>\n\n[api]\n\n# A port.\n#port = 8790\n",
  );
  for (const line of ['#tls = false', '#peers =', '#range = 1-2', '#file = <None>', '#user = <required>']) {
    expect(sample.split('\n')).toContain(line);
  }
  expect(Math.max(...sample.split('\n').map((line) => line.length))).toBeLessThanOrEqual(78);
});

it('refuses an option without help', () => {
  expect(() => sampleConfiguration('x', { api: z.object({ port: option.integer() }) })).toThrow(
    '[api] port has no help text',
  );
});
