import { expect, it } from 'vitest';
import { expectCall, type RecordedCall } from '../../../test/recorded-call.ts';
import { scriptedCloud } from '../../../test/scripted-cloud.ts';
import type { OpenStackClient } from '../../index.ts';

const action = (
  call: (servers: OpenStackClient['compute']['servers']) => Promise<unknown>,
  sends: unknown,
  microversion = '2.47',
): RecordedCall => ({
  call: ({ compute }) => call(compute.servers),
  request: 'POST compute/servers/s/action',
  sends,
  microversion: `compute ${microversion}`,
});

const CALLS: Readonly<Record<string, RecordedCall>> = {
  start: action((servers) => servers.start('s'), { 'os-start': null }),
  stop: action((servers) => servers.stop('s'), { 'os-stop': null }),
  reboot: action((servers) => servers.reboot('s', 'hard'), { reboot: { type: 'HARD' } }),
  pause: action((servers) => servers.pause('s'), { pause: null }),
  unpause: action((servers) => servers.unpause('s'), { unpause: null }),
  suspend: action((servers) => servers.suspend('s'), { suspend: null }),
  resume: action((servers) => servers.resume('s'), { resume: null }),
  lock: action((servers) => servers.lock('s'), { lock: null }),
  'lock with a reason': action(
    (servers) => servers.lock('s', { since: '2.73', reason: 'audit' }),
    { lock: { locked_reason: 'audit' } },
    '2.73',
  ),
  unlock: action((servers) => servers.unlock('s'), { unlock: null }),
  shelve: action((servers) => servers.shelve('s'), { shelve: null }),
  shelveOffload: action((servers) => servers.shelveOffload('s'), { shelveOffload: null }),
  unshelve: action((servers) => servers.unshelve('s'), { unshelve: null }),
  'unshelve to a host': action(
    (servers) => servers.unshelve('s', { since: '2.91', host: 'node', availabilityZone: null }),
    { unshelve: { host: 'node', availability_zone: null } },
    '2.91',
  ),
  'unshelve anywhere': action((servers) => servers.unshelve('s', { since: '2.91' }), { unshelve: null }, '2.91'),
  resize: action((servers) => servers.resize('s', 'f'), { resize: { flavorRef: 'f' } }),
  confirmResize: action((servers) => servers.confirmResize('s'), { confirmResize: null }),
  revertResize: action((servers) => servers.revertResize('s'), { revertResize: null }),
  rebuild: action((servers) => servers.rebuild('s', { imageId: 'i', name: 'n' }), {
    rebuild: { imageRef: 'i', name: 'n' },
  }),
  migrate: action((servers) => servers.migrate('s'), { migrate: null }, '2.56'),
  'migrate to a host': action(
    (servers) => servers.migrate('s', { host: 'node' }),
    { migrate: { host: 'node' } },
    '2.56',
  ),
  liveMigrate: action(
    (servers) => servers.liveMigrate('s'),
    { 'os-migrateLive': { host: null, block_migration: 'auto' } },
    '2.56',
  ),
  'liveMigrate to a host with its disks': action(
    (servers) => servers.liveMigrate('s', { host: 'node', blockMigration: true }),
    { 'os-migrateLive': { host: 'node', block_migration: true } },
    '2.56',
  ),
  evacuate: action((servers) => servers.evacuate('s'), { evacuate: {} }, '2.56'),
  'evacuate with a password': action(
    (servers) => servers.evacuate('s', { host: 'node', adminPassword: 'pw' }),
    { evacuate: { host: 'node', adminPass: 'pw' } },
    '2.56',
  ),
  resetState: action((servers) => servers.resetState('s', 'error'), { 'os-resetState': { state: 'error' } }),
  forceDelete: action((servers) => servers.forceDelete('s'), { forceDelete: null }),
  'remote console': {
    call: ({ compute }) => compute.servers.remoteConsole('s', 'vnc', 'novnc'),
    request: 'POST compute/servers/s/remote-consoles',
    microversion: 'compute 2.56',
    sends: { remote_console: { protocol: 'vnc', type: 'novnc' } },
    answer: { remote_console: { protocol: 'vnc', type: 'novnc', url: 'http://x/?token=t' } },
    gives: { url: 'http://x/?token=t' },
  },
};

it.each(Object.entries(CALLS))('%s is the call of the Compute API', (_, call) => expectCall(call));

it('the console is text', async () => {
  const cloud = await scriptedCloud(() => ({ body: { output: 'login:' } }));
  expect(await cloud.client().compute.servers.consoleOutput('s', 5)).toBe('login:');
  expect(cloud.requests[0]?.body).toEqual({ 'os-getConsoleOutput': { length: 5 } });
});
