import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { ConfigurationError, configurationFiles, readConfiguration } from './configuration.ts';
import { option } from './option.ts';

const sections = {
  DEFAULT: z.object({ host: option.string(), log_format: option.choice(['text', 'json']).default('text') }),
  api: z.object({
    bind_port: option.integer({ min: 1, max: 65535 }).default(8790),
    tls: option.boolean().default(false),
    peers: option.list().default([]),
  }),
  service_user: z.object({ auth_url: option.url(), password: option.choice(['right']) }),
};

describe('readConfiguration', () => {
  let directory: string;
  const file = (text: string, name = 'a.conf'): string => {
    const path = join(directory, name);
    writeFileSync(path, text);
    return path;
  };
  const problems = (files: string[]): readonly string[] => {
    try {
      readConfiguration({ files, sections });
    } catch (error) {
      if (error instanceof ConfigurationError) return error.problems;
    }
    throw new Error('expected a ConfigurationError');
  };
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'iorcl-service-'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  const good = '[DEFAULT]\nhost = io-1\n[service_user]\nauth_url = http://127.0.0.1:5000/v3\npassword = right\n';

  it('answers typed values, with defaults for what is not given', () => {
    const configuration = readConfiguration({ files: [file(`${good}[api]\ntls = Yes\npeers = a, b\n`)], sections });
    expect(configuration.DEFAULT).toEqual({ host: 'io-1', log_format: 'text' });
    expect(configuration.api).toEqual({ bind_port: 8790, tls: true, peers: ['a', 'b'] });
  });

  it('lets a later file win, option by option', () => {
    const files = [file(good), file('[DEFAULT]\nhost = io-2\n', 'b.conf')];
    expect(readConfiguration({ files, sections }).DEFAULT.host).toBe('io-2');
  });

  it('names an unknown option with file, line and the nearest known one', () => {
    const path = file(`${good}[api]\nbind_prot = 1\n`);
    expect(problems([path])).toEqual([`${path}:7: unknown option bind_prot in [api]; did you mean bind_port?`]);
  });

  it('names an unknown section', () => {
    expect(problems([file(`${good}[apo]\n`), file('[apo]\nx = 1\n', 'b.conf')])[0]).toMatch(
      /unknown section \[apo\]; did you mean api\?$/,
    );
  });

  it('names option, value and expectation of a bad value, and finds all mistakes at once', () => {
    const path = file(`${good}[api]\nbind_port = 99999\ntls = perhaps\n`);
    expect(problems([path])).toEqual([
      `${path}:7: [api] bind_port = 99999: expected an integer from 1 to 65535`,
      `${path}:8: [api] tls = perhaps: expected true or false`,
    ]);
  });

  it('names a required option that is missing', () => {
    expect(problems([file('[service_user]\nauth_url = http://h\npassword = right\n')])).toEqual([
      '[DEFAULT] host is required',
    ]);
  });

  it('never shows the value of a password', () => {
    expect(problems([file(good.replace('right', 'hunter2'))]).join()).not.toContain('hunter2');
  });

  it('names a file that is missing', () => {
    expect(problems([join(directory, 'none.conf')])[0]).toMatch(/none\.conf: can't be read: ENOENT/);
  });

  it('reads the files of --config-dir in order, after those of --config-file', () => {
    file('', '20-b.conf');
    file('', '10-a.conf');
    file('', 'README');
    const files = configurationFiles(['--config-file', '/etc/x.conf', '--config-dir', directory], '/etc/default.conf');
    expect(files).toEqual(['/etc/x.conf', join(directory, '10-a.conf'), join(directory, '20-b.conf')]);
    expect(configurationFiles([], '/etc/default.conf')).toEqual(['/etc/default.conf']);
    expect(() => configurationFiles(['--confg-file', 'x'], '/etc/default.conf')).toThrow(ConfigurationError);
  });
});
