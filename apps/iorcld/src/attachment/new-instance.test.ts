import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Harness, type Life } from '../../test/harness.ts';
import type { InstancePort } from '../cloud/contract.ts';
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
    const names = ['blue', 'red'];
    const [blue = '', red = ''] = names.map((name, index) => harness.addNetwork(name, { segmentationId: 101 + index }));
    const instanceId = harness.addInstance([], { 'io:enabled': '1', 'io:network': 'red' });
    harness.change(instanceId, { isBuilding: true });
    const portsAre = (...networks: readonly { networkId: string; bound: boolean }[]): void => {
      harness.cloud.instancePorts.set(
        instanceId,
        networks.map((port) => ({ id: port.networkId, ...port })),
      );
    };
    return { ...harness.reserve(instanceId), blue, red, portsAre };
  };

  it('wait until all of its ports are there and bound, and are exported on the network that its flavor names', async () => {
    const { attachmentId, instanceId, blue, red, portsAre } = building();
    const answer = life.attachments.create({ attachmentId, computeHost: 'compute-1' });
    await delay(50);
    portsAre({ networkId: blue, bound: true });
    await delay(600);
    portsAre({ networkId: blue, bound: true }, { networkId: red, bound: false });
    await delay(1_400);
    expect(life.attachments.list()).toEqual([]);
    portsAre({ networkId: blue, bound: true }, { networkId: red, bound: true });
    expect((await answer).attachment).toMatchObject({ status: 'attached', network: { networkId: red } });

    // The next one of this instance goes where the first is, and waits for nothing.
    const next = harness.reserve(instanceId);
    portsAre({ networkId: red, bound: false });
    await life.attachments.create({ attachmentId: next.attachmentId, computeHost: 'compute-1' });
  });

  it('are not begun when whoever asked has gone meanwhile', async () => {
    const { attachmentId, red, portsAre } = building();
    const caller = new AbortController();
    const answer = life.attachments.create({ attachmentId, computeHost: 'compute-1' }, { caller: caller.signal });
    caller.abort();
    portsAre({ networkId: red, bound: true });
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

it('takes the ports as they are when the time is over', async () => {
  const answers: boolean[] = [];
  const unbound: InstancePort = { id: 'p', networkId: 'n', bound: false };
  const plan = planWithNetworks(
    false,
    async (allThere) => {
      answers.push(allThere([unbound]));
      if (answers.at(-1) === true) throw new Error('planned');
      return undefined;
    },
    () => {},
    { timeoutMs: 100, settleMs: 10, pauseMs: 40 },
  );
  await expect(plan).rejects.toThrow('planned');
  expect(answers.slice(0, -1)).not.toContain(true);
});
