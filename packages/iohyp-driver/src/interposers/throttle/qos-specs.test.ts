import { describe, expect, it } from 'vitest';
import { limitsFromFlavor, throttleStages } from './flavor-limits.ts';
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

  it('grow with the volume as Cinder works it out: at least the minimum, at most the maximum', () => {
    const specs = {
      total_iops_sec_per_gb: '30',
      total_iops_sec_per_gb_min: '500',
      total_iops_sec_max: '2000',
      write_bytes_sec_per_gb: 1_000_000,
      read_bytes_sec: '7',
      read_bytes_sec_max: '70',
    };
    const fixed = { bytesPerSecondRead: 7, burst: { bytesPerSecondRead: 70 } };
    expect(limitsFromQosSpecs(specs, 10)).toEqual({ ...fixed, iopsTotal: 500, bytesPerSecondWrite: 10_000_000 });
    expect(limitsFromQosSpecs(specs, 50)).toEqual({ ...fixed, iopsTotal: 1500, bytesPerSecondWrite: 50_000_000 });
    expect(limitsFromQosSpecs(specs, 500)).toEqual({ ...fixed, iopsTotal: 2000, bytesPerSecondWrite: 500_000_000 });
    expect(limitsFromQosSpecs(specs)).not.toHaveProperty('iopsTotal');
  });
});

describe("A flavor's limits for disks", () => {
  const extraSpecs = {
    'quota:disk_read_iops_sec': '300',
    'quota:disk_write_iops_sec': 200,
    'quota:disk_total_bytes_sec': '0',
    'quota:vif_inbound_average': 'not ours',
    'io:enabled': 'true',
  };

  it('become limits; other quotas are left alone', () => {
    expect(limitsFromFlavor(extraSpecs)).toEqual({ iopsRead: 300, iopsWrite: 200 });
    expect(() => limitsFromFlavor({ 'quota:disk_read_iops_sec': 'many' })).toThrow(
      'flavor: quota:disk_read_iops_sec is "many", expected a whole number',
    );
  });

  it("hold beside the volume type's, each in a stage of its own; setQos changes the volume's", () => {
    expect(throttleStages({ total_iops_sec: '250' }, extraSpecs)).toEqual([
      { kind: 'throttle', iopsRead: 300, iopsWrite: 200 },
      { kind: 'throttle', iopsTotal: 250 },
    ]);
    expect(throttleStages(null, {})).toEqual([{ kind: 'throttle' }]);
  });
});
