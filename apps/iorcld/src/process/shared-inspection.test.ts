import { DriverError, type InstanceState, type IoHypervisorDriver } from '@iorcl/iohyp-driver';
import { beforeEach, describe, expect, it } from 'vitest';
import { FakeDriver } from '../../test/fake-world.ts';
import { sharedInspection } from './shared-inspection.ts';

let time: number;
let asked: string[];
let answer: () => Promise<InstanceState | undefined>;
let lose: ((instanceId: string) => void) | undefined;
let driver: IoHypervisorDriver;

beforeEach(() => {
  time = 0;
  asked = [];
  answer = async () => undefined;
  const fake: IoHypervisorDriver = new FakeDriver();
  fake.inspect = (instanceId) => {
    asked.push(instanceId);
    return answer();
  };
  fake.close = async () => {};
  fake.watch = (onLoss) => {
    lose = onLoss;
    return () => {};
  };
  driver = sharedInspection(fake, () => time);
});

const key = { instanceId: 'i', attachmentId: 'a' };

describe('an inspection', () => {
  it('serves all who want to know the same at about the same time', async () => {
    await Promise.all([driver.inspect('i'), driver.inspect('i'), driver.inspect('j')]);
    time = 499;
    await driver.inspect('i');
    expect(asked).toEqual(['i', 'j']);
    time = 500;
    await driver.inspect('i');
    expect(asked).toEqual(['i', 'j', 'i']);
  });

  it('that took long is good for longer: a busy machine is not kept busy by asking', async () => {
    answer = async () => {
      time += 200;
      return undefined;
    };
    await driver.inspect('i');
    time += 1_999;
    await driver.inspect('i');
    expect(asked).toEqual(['i']);
    time += 1;
    await driver.inspect('i');
    expect(asked).toEqual(['i', 'i']);
  });

  it('is made anew once anything was done to the instance, also by what was asked while that ran', async () => {
    await driver.inspect('i');
    const closing = driver.close(key);
    await driver.inspect('i');
    await closing;
    await driver.inspect('i');
    expect(asked).toEqual(['i', 'i', 'i']);
  });

  it('is made anew once the data plane was lost', async () => {
    await driver.inspect('i');
    lose?.('i');
    await driver.inspect('i');
    expect(asked).toEqual(['i', 'i']);
  });

  it('of others that failed is not believed: everybody asks then', async () => {
    answer = () => Promise.reject(new DriverError('aborted', 'given up'));
    const first = driver.inspect('i');
    const second = driver.inspect('i');
    await expect(first).rejects.toThrow('given up');
    await expect(second).rejects.toThrow('given up');
    answer = async () => undefined;
    expect(await driver.inspect('i')).toBeUndefined();
    expect(asked).toEqual(['i', 'i', 'i']);
  });
});

it('everything else of the driver is as it was', async () => {
  expect(driver.name).toBe(new FakeDriver().name);
  expect(driver.capabilities).toEqual(new FakeDriver().capabilities);
  expect(await driver.list()).toEqual([]);
});
