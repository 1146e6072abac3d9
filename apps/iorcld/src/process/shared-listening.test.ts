import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { FakePlugs } from '../../test/fake-world.ts';
import { type Networks, sharedListening } from './shared-listening.ts';

const network = { networkId: 'n', type: 'vlan', physicalNetwork: 'p', segmentationId: 7 } as const;

let time: number;
let looked: number;
let networks: Networks<FakePlugs>;
let server: Server | undefined;

/** Somebody who really listens, on a port of this machine. */
async function listen(host: string, port = 0): Promise<number> {
  server = createServer().listen(port, host);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

async function endListening(): Promise<void> {
  if (server?.listening === true) await once(server.close(), 'close');
}

beforeEach(() => {
  time = 0;
  looked = 0;
  const plugs = new FakePlugs();
  const runInside = plugs.runInside.bind(plugs);
  plugs.runInside = (inside, action) => {
    looked += 1;
    return runInside(inside, action);
  };
  networks = sharedListening(plugs, () => time);
});
afterEach(endListening);

it.each(['::1', '127.0.0.1'])(
  'one look serves all that ask for the same port of %s at about the same time',
  async (host) => {
    const port = await listen(host);
    expect([networks.listening(network, port), networks.listening(network, port)]).toEqual([true, true]);
    expect(looked).toBe(1);
    time = 500;
    expect(networks.listening(network, port)).toBe(true);
    expect(networks.listening(network, 1)).toBe(false);
    expect(looked).toBe(3);
  },
);

it('that nobody listens is looked for each time', async () => {
  const port = await listen('::1');
  await endListening();
  expect(networks.listening(network, port)).toBe(false);
  await listen('::1', port);
  expect(networks.listening(network, port)).toBe(true);
});

it('what was seen is forgotten once anything is done to a network', async () => {
  const port = await listen('::1');
  networks.listening(network, port);
  await networks.plugs.plug({ network, owner: 'o' });
  await endListening();
  expect(networks.listening(network, port)).toBe(false);
});
