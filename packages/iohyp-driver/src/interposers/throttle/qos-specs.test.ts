import { describe, expect, it } from 'vitest';
import { checkLimits, fromThrottleLimits, toThrottleLimits } from './limits.ts';
import { limitsFromQosSpecs } from './qos-specs.ts';

describe("Cinder's qos_specs", () => {
  it('become limits with their bursts; keys of others are left alone', () => {
    const limits = limitsFromQosSpecs({
      total_iops_sec: '500',
      total_iops_sec_max: '2000',
      read_bytes_sec: 1_048_576,
      write_bytes_sec: '0',
      size_iops_sec: '4096',
      total_iops_sec_per_gb: '30',
      vendor_magic: 'yes',
    });
    expect(limits).toEqual({
      iopsTotal: 500,
      bytesPerSecondRead: 1_048_576,
      burst: { iopsTotal: 2000 },
      iopsUnitBytes: 4096,
    });
    checkLimits(limits);
    expect(fromThrottleLimits(toThrottleLimits(limits))).toEqual(limits);
  });

  it('that are not there mean no limits', () => {
    expect(limitsFromQosSpecs(null)).toEqual({});
    expect(limitsFromQosSpecs({})).toEqual({});
  });

  it.each([['many'], [-1], [1.5], [true], ['1e3']])('with the value %j are refused, naming the key', (value) => {
    expect(() => limitsFromQosSpecs({ read_iops_sec: value })).toThrow(/read_iops_sec is .*expected a whole number/);
  });
});
