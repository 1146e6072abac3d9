import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseCatalogService } from '../auth/catalog.ts';
import { parseAttachment } from '../block-storage/attachments/wire.ts';
import { parseVolume } from '../block-storage/volumes/wire.ts';
import { parseFlavor } from '../compute/flavors/wire.ts';
import { parseServer } from '../compute/servers/wire.ts';
import { parseServerVolume } from '../compute/volume-attachments/wire.ts';
import { faultMessage } from '../error/fault.ts';
import { parseTokenInfo } from '../identity/tokens/wire.ts';
import { parseImage } from '../image/images/wire.ts';
import { parseNetwork } from '../network/networks/wire.ts';
import { parsePort } from '../network/ports/wire.ts';
import { WireError, WireReader } from './reader.ts';

const PARSERS: readonly ((wire: WireReader) => unknown)[] = [
  parseAttachment,
  parseVolume,
  parseServer,
  parseServerVolume,
  parseFlavor,
  parseNetwork,
  parsePort,
  parseImage,
  parseTokenInfo,
  parseCatalogService,
];

/** Objects that have the right keys and any values. */
const almostRight = fc.dictionary(
  fc.constantFrom(
    ...[
      'id',
      'name',
      'status',
      'size',
      'attachments',
      'flavor',
      'tenant_id',
      'volume_id',
      'connection_info',
      'subnets',
    ],
    ...[
      'fixed_ips',
      'mac_address',
      'network_id',
      'user',
      'project',
      'roles',
      'issued_at',
      'expires_at',
      'endpoints',
      'type',
    ],
  ),
  fc.jsonValue(),
);

describe('parsers of answers', () => {
  it('take any JSON, and fail with a WireError or not at all', () => {
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), almostRight), fc.constantFrom(...PARSERS), (json, parse) => {
        try {
          parse(new WireReader(json, 'answer'));
        } catch (error) {
          expect(error).toBeInstanceOf(WireError);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it('never quote a value in their error', () => {
    const secret = 'a-secret-value';
    const wrong = (value: unknown): string => {
      try {
        new WireReader({ id: value }, 'answer').integer('id');
        return '';
      } catch (error) {
        return String(error);
      }
    };
    for (const value of [secret, [secret], { secret }, true, null, undefined]) {
      expect(wrong(value)).toMatch(/^WireError: answer\.id is .*, expected an integer$/);
      expect(wrong(value)).not.toContain(secret);
    }
  });

  it('keep fields that they do not know', () => {
    const image = parseImage(new WireReader({ id: 'i', status: 'active', hw_disk_bus: 'virtio' }, 'image'));
    expect(image.raw['hw_disk_bus']).toBe('virtio');
  });

  it('read times with and without zone as UTC', () => {
    const at = (text: string): string => new WireReader({ at: text }, 'x').date('at').toISOString();
    expect(at('2026-11-22T09:55:15.000000')).toBe('2026-11-22T09:55:15.000Z');
    expect(at('2026-11-22T09:55:15.000000Z')).toBe('2026-11-22T09:55:15.000Z');
    expect(at('2026-11-22T10:55:15+01:00')).toBe('2026-11-22T09:55:15.000Z');
    expect(() => at('yesterday')).toThrow(WireError);
  });

  it('read a key named __proto__ as any other', () => {
    const specs: unknown = JSON.parse('{"extra_specs": {"__proto__": "x", "a": "b"}}');
    const record = new WireReader(specs, 'flavor').stringRecord('extra_specs');
    expect(Object.entries(record)).toContainEqual(['a', 'b']);
    expect(Object.getPrototypeOf(record)).toBe(Object.prototype);
  });
});

describe('faultMessage', () => {
  it.each([
    [{ badRequest: { code: 400, message: 'Nova and Cinder' } }, 'Nova and Cinder'],
    [{ error: { code: 401, title: 'Unauthorized', message: 'Keystone' } }, 'Keystone'],
    [{ NeutronError: { type: 'X', message: 'Neutron', detail: '' } }, 'Neutron'],
    [{ NeutronError: 'old Neutron' }, 'old Neutron'],
    [{ something: 1 }, undefined],
    ['text', undefined],
    [null, undefined],
  ])('of %j is %j', (body, expected) => {
    expect(faultMessage(body)).toBe(expected);
  });
});
