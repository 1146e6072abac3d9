import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Harness, type Life } from '../../test/harness.ts';
import { planWithNetworks } from './new-instance.ts';

let harness: Harness;
let life: Life;
beforeEach(() => {
  harness = new Harness();
  life = harness.start();
});
afterEach(() => harness.end());

describe('B3: volumes of an instance that Nova is still building', () => {
  const building = () => {
    const [blue, red] = ['blue', 'red'].map((name, index) =>
      harness.addNetwork(name, { segmentationId: 101 + index }),
    ) as [string, string];
    const instanceId = harness.addInstance([], { 'io:enabled': '1', 'io:network': 'red' });
    harness.change(instanceId, { awaitsNetworks: true });
    const networksCome = (): void => {
      harness.cloud.instancePorts.set(
        instanceId,
        [blue, red].map((networkId) => ({ id: harness.uuid(), networkId })),
      );
    };
    return { ...harness.reserve(instanceId), red, networksCome };
  };

  it('wait for its networks, all of them, and are exported on the one that its flavor names', async () => {
    const { attachmentId, instanceId, red, networksCome } = building();
    const answer = life.attachments.create({ attachmentId, computeHost: 'compute-1' });
    await delay(50);
    // Ports are there before Nova says that these are all.
    networksCome();
    await delay(400);
    expect(life.attachments.list()).toEqual([]);
    harness.change(instanceId, { awaitsNetworks: false });
    expect((await answer).attachment).toMatchObject({ status: 'attached', network: { networkId: red } });
  });

  it('are not begun when whoever asked has gone meanwhile', async () => {
    const { attachmentId, instanceId, networksCome } = building();
    const caller = new AbortController();
    const answer = life.attachments.create({ attachmentId, computeHost: 'compute-1' }, { caller: caller.signal });
    caller.abort();
    networksCome();
    harness.change(instanceId, { awaitsNetworks: false });
    await expect(answer).rejects.toMatchObject({ code: 'attachment_conflict' });
    expect(life.attachments.list()).toEqual([]);
    expect(harness.cloud.connectors.size).toBe(0);
  });

  it('do not hold up an iorcld that is told to stop', async () => {
    const { attachmentId } = building();
    const answer = life.attachments.create({ attachmentId, computeHost: 'compute-1' });
    await delay(20);
    await Promise.all([expect(answer).rejects.toMatchObject({ code: 'shutting_down' }), life.attachments.stop()]);
    expect(life.attachments.list()).toEqual([]);
  });
});

it('plans with the networks as they are where none come in time', async () => {
  const asked: boolean[] = [];
  const plan = planWithNetworks(
    async ({ networksMayCome }) => {
      asked.push(networksMayCome);
      if (networksMayCome) return undefined;
      throw new Error('no port on any network');
    },
    () => {},
    300,
  );
  await expect(plan).rejects.toThrow('no port on any network');
  expect(asked).toEqual([true, true, false]);
});
