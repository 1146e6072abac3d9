import { beforeEach, expect, it } from 'vitest';
import { FakePlugs } from '../../test/fake-world.ts';
import { type Networks, sharedListening } from './shared-listening.ts';

const network = { networkId: 'n', type: 'vlan', physicalNetwork: 'p', segmentationId: 7 } as const;
const LISTENING = `  sl  local_address remote_address st
   0: 00000000000000000000000000000000:2A39 00000000000000000000000000000000:0000 0A
   1: 00000000000000000000000000000000:0001 00000000000000000000000000000000:0000 01`;

let time: number;
let looked: number;
let tables: readonly string[];
let networks: Networks<FakePlugs>;

beforeEach(() => {
  time = 0;
  looked = 0;
  tables = [LISTENING, ''];
  const plugs = new FakePlugs();
  // Reading the tables is what runs inside a network.
  Reflect.set(plugs, 'runInside', () => {
    looked += 1;
    return tables;
  });
  networks = sharedListening(plugs, () => time);
});

it('one look serves all that ask for the same port at about the same time', () => {
  expect([networks.listening(network, 10809), networks.listening(network, 10809)]).toEqual([true, true]);
  expect(looked).toBe(1);
  time = 500;
  expect(networks.listening(network, 10809)).toBe(true);
  expect(networks.listening(network, 1)).toBe(false);
  expect(looked).toBe(3);
});

it('that nobody listens is looked for each time', () => {
  tables = ['', ''];
  expect(networks.listening(network, 10809)).toBe(false);
  tables = ['', LISTENING];
  expect(networks.listening(network, 10809)).toBe(true);
});

it('what was seen is forgotten once anything is done to a network', async () => {
  networks.listening(network, 10809);
  await networks.plugs.plug({ network, owner: 'o' });
  tables = ['', ''];
  expect(networks.listening(network, 10809)).toBe(false);
});
