import { describe, expect, it } from 'vitest';
import { drivers, isDriverName } from './registry.ts';

describe('driver registry', () => {
  it('makes a driver by its name', () => {
    expect(isDriverName('qsd')).toBe(true);
    expect(drivers.qsd({}).name).toBe('qsd');
    expect(drivers.splitio({ allowInsecure: true }).name).toBe('splitio');
  });

  it('names the known drivers when asked for another', () => {
    expect(isDriverName('toString')).toBe(false);
    expect(Object.keys(drivers)).toEqual(['nvmet', 'qsd', 'splitio']);
  });

  it('refuses a runtime directory that no socket fits below', () => {
    expect(() => drivers.qsd({ runtimeDirectory: `/${'x'.repeat(100)}` })).toThrow('at most 60 bytes');
    expect(() => drivers.qsd({ runtimeDirectory: 'run' })).toThrow('absolute');
  });
});
