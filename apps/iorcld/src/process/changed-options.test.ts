import { describe, expect, it } from 'vitest';
import type { IorcldConfiguration } from '../configuration/configuration.ts';
import { changedOptions } from './changed-options.ts';

const configuration: IorcldConfiguration = {
  DEFAULT: {
    host: 'io-1',
    state_directory: '/s',
    parallel: 16,
    backup_interval_hours: 24,
    backups_kept: 7,
    log_format: 'text',
    log_level: 'info',
  },
  api: {
    ...{ bind_host: '127.0.0.1', bind_port: 1, allow_plain_http: false, token_cache_seconds: 30 },
    ...{ requests_per_second: 200, metrics_allowed_addresses: ['::1'], tls_cert_file: '/c', tls_key_file: '/k' },
  },
  service_user: {
    ...{ auth_url: 'http://k', username: 'u', password: 'p', project_name: 's', interface: 'public' },
    ...{ user_domain_name: 'Default', project_domain_name: 'Default' },
  },
  connector: { multipath: false },
  iohyp: {
    driver: 'qsd',
    runtime_directory: '/r',
    file_directories: [],
    nvme_queues: 4,
    cores: [],
    allow_insecure: false,
    local_prefixes: [],
    package_directory: '/l',
    package_options: {},
  },
  key_manager: { kind: 'directory' },
  network: {
    ...{ targets: { p: { kind: 'bridge' } }, site: 'io', namespace_directory: '/n', state_directory: '/n' },
    ...{ ports: { first: 1, last: 2 }, address_mode: 'link-local' },
  },
  reconcile: { interval_seconds: 60, grace_seconds: 1, confirm_seconds: 1, guard_percent: 30, most_repairs: 5 },
};
const { api, DEFAULT, network } = configuration;

describe('what a reload takes over', () => {
  it.each<[string, Partial<IorcldConfiguration>, string[], string[]]>([
    ['nothing', {}, [], []],
    ['equal values', { network: { ...network, targets: { p: { kind: 'bridge' } } } }, [], []],
    ['the log level', { DEFAULT: { ...DEFAULT, log_level: 'debug' } }, ['[DEFAULT] log_level'], []],
    [
      'limits, addresses and the certificate',
      { api: { ...api, requests_per_second: 1, metrics_allowed_addresses: [], tls_cert_file: '/c2' } },
      ['[api] requests_per_second', '[api] metrics_allowed_addresses', '[api] tls_cert_file'],
      [],
    ],
    [
      'another host name and port',
      { DEFAULT: { ...DEFAULT, host: 'io-2' }, api: { ...api, bind_port: 2 } },
      [],
      ['[DEFAULT] host', '[api] bind_port'],
    ],
    [
      'from HTTPS to HTTP',
      { api: { ...api, tls_cert_file: undefined, tls_key_file: undefined } },
      [],
      ['[api] tls_cert_file', '[api] tls_key_file'],
    ],
    [
      'networks',
      { network: { ...network, targets: { p: { kind: 'vlan', device: 'eth1' } } } },
      [],
      ['[network] targets'],
    ],
  ])('%s', (_, change, reloadable, fixed) => {
    expect(changedOptions(configuration, { ...configuration, ...change })).toEqual({
      reloadable: expect.toSatisfy((found: string[]) => found.toSorted().join() === reloadable.toSorted().join()),
      fixed,
    });
  });
});
