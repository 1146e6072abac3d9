import { afterEach, beforeEach, expect, it } from 'vitest';
import { Harness, type Life } from '../../test/harness.ts';
import { Gate } from './gate.ts';

it('lets so many run at once, the others in order of arrival, also after failures', async () => {
  const gate = new Gate(2);
  let most = 0;
  const order: number[] = [];
  const one = (index: number) =>
    gate.run(async () => {
      order.push(index);
      most = Math.max(most, gate.running);
      await new Promise(setImmediate);
      if (index % 2 === 0) throw new Error('even');
    });
  await Promise.allSettled([0, 1, 2, 3, 4, 5].map(one));
  expect([most, gate.running, gate.queued]).toEqual([2, 0, 0]);
  expect(order).toEqual([0, 1, 2, 3, 4, 5]);
});

it('lets those who ask take turns, however many each of them asks for', async () => {
  const gate = new Gate(1);
  const order: string[] = [];
  const one = (whose: string) =>
    gate.run(async () => {
      order.push(whose);
      await new Promise(setImmediate);
    }, whose);
  await Promise.all([...'aaaabbc'].map(one));
  expect(order.join('')).toBe('aabcaba');
  expect([gate.running, gate.queued]).toEqual([0, 0]);
});

let harness: Harness;
let life: Life;
beforeEach(() => {
  harness = new Harness();
  harness.parallel = 1;
  life = harness.start();
});
afterEach(() => harness.end());

it('an instance with many requests does not keep another waiting for all of them', async () => {
  const network = harness.addNetwork('blue', { segmentationId: 101 });
  const [busy, modest] = [harness.addInstance([network]), harness.addInstance([network])];
  const ended: string[] = [];
  const attach = async (instance: string) => {
    const { attachmentId } = harness.reserve(instance);
    await life.attachments.create({ attachmentId, computeHost: 'compute-1' });
    ended.push(instance);
  };
  await Promise.all([...Array.from({ length: 20 }, () => attach(busy)), attach(modest)]);
  expect(ended).toHaveLength(21);
  expect(ended.indexOf(modest)).toBeLessThan(4);
});

it('nor are its plans all made before the other’s first, where planning takes its time', async () => {
  const network = harness.addNetwork('blue', { segmentationId: 101 });
  const [busy, modest] = [harness.addInstance([network]), harness.addInstance([network])];
  const planned: string[] = [];
  const ports = harness.cloud.ports.bind(harness.cloud);
  harness.cloud.ports = async (instance) => {
    planned.push(instance);
    for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
    return ports(instance);
  };
  const attach = (instance: string, computeHost: string) =>
    life.attachments.create({ attachmentId: harness.reserve(instance).attachmentId, computeHost });
  const flood = Array.from({ length: 20 }, () => attach(busy, 'compute-1'));
  await Promise.all([...flood, attach(modest, 'compute-2')]);
  expect(planned).toHaveLength(21);
  expect(planned.indexOf(modest)).toBeLessThan(4);
});
