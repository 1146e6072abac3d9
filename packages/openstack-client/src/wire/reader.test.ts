import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseCatalogService } from '../auth/catalog.ts';
import { parseAttachment, parseAttachmentSummary } from '../block-storage/attachments/wire.ts';
import { parseMessage } from '../block-storage/messages/wire.ts';
import { parseQosSpecs } from '../block-storage/qos-specs/wire.ts';
import { parseBlockStorageService } from '../block-storage/services/wire.ts';
import { parseSnapshot } from '../block-storage/snapshots/wire.ts';
import { parseEncryption, parseVolumeType } from '../block-storage/volume-types/wire.ts';
import { parseVolumeEncryption, VOLUME_PARSERS } from '../block-storage/volumes/wire.ts';
import { parseExternalEventResult } from '../compute/external-events/wire.ts';
import { parseFlavor } from '../compute/flavors/wire.ts';
import { HYPERVISOR_PARSERS } from '../compute/hypervisors/wire.ts';
import { parseKeypair } from '../compute/keypairs/wire.ts';
import { MIGRATION_PARSERS } from '../compute/migrations/wire.ts';
import { parseRemoteConsole } from '../compute/server-actions/wire.ts';
import { parseServerMigration } from '../compute/server-migrations/wire.ts';
import { SERVER_PARSERS } from '../compute/servers/wire.ts';
import { parseComputeService } from '../compute/services/wire.ts';
import { parseServerVolume } from '../compute/volume-attachments/wire.ts';
import { faultMessage } from '../error/fault.ts';
import { parseApplicationCredential } from '../identity/application-credentials/wire.ts';
import { parseEndpoint } from '../identity/endpoints/wire.ts';
import { parseProject } from '../identity/projects/wire.ts';
import { parseRoleAssignment } from '../identity/role-assignments/wire.ts';
import { parseRole } from '../identity/roles/wire.ts';
import { parseServiceEntry } from '../identity/services/wire.ts';
import { parseTokenInfo } from '../identity/tokens/wire.ts';
import { parseTrust } from '../identity/trusts/wire.ts';
import { parseUser } from '../identity/users/wire.ts';
import { parseImage } from '../image/images/wire.ts';
import { parseAgent } from '../network/agents/wire.ts';
import { parseNetwork } from '../network/networks/wire.ts';
import { parsePort } from '../network/ports/wire.ts';
import { parseSecurityGroupRule } from '../network/security-group-rules/wire.ts';
import { parseSecurityGroup } from '../network/security-groups/wire.ts';
import { parseSubnet } from '../network/subnets/wire.ts';
import { parseApiVersion } from '../service/api-version.ts';
import { WireError, WireReader } from './reader.ts';
import { isRecord } from './record.ts';

type Parse = (wire: WireReader) => unknown;

const PARSERS: Readonly<Record<string, Parse>> = {
  parseMessage,
  ...{ parseAttachment, parseAttachmentSummary, parseRemoteConsole, parseApiVersion, parseSecurityGroupRule },
  ...{
    parseVolumeEncryption,
    parseQosSpecs,
    parseBlockStorageService,
    parseSnapshot,
    parseEncryption,
    parseVolumeType,
  },
  ...{ parseExternalEventResult, parseFlavor, parseKeypair, parseServerMigration, parseComputeService },
  ...{ parseServerVolume, parseApplicationCredential, parseEndpoint, parseProject, parseRoleAssignment, parseRole },
  ...{ parseServiceEntry, parseTokenInfo, parseTrust, parseUser, parseImage, parseAgent, parseNetwork, parsePort },
  ...{ parseSecurityGroup, parseSubnet, parseCatalogService },
  ...VOLUME_PARSERS,
  ...HYPERVISOR_PARSERS,
  ...MIGRATION_PARSERS,
  ...SERVER_PARSERS,
};

/** The fields that a parser reads, found by giving it an object that tells. */
function fieldsOf(parse: Parse): string[] {
  const fields = new Set<string>();
  // Each attempt gets one field further.
  const seen: Record<string, unknown> = {};
  for (let attempt = 0; attempt < 200; attempt++) {
    try {
      parse(new WireReader(seen, 'x'));
      break;
    } catch (error) {
      const missing = /^x\.([^ .[]+)/.exec(error instanceof Error ? error.message : '')?.[1];
      if (missing === undefined) break;
      const type = / expected (.*)$/.exec(error instanceof Error ? error.message : '')?.[1] ?? '';
      fields.add(missing);
      if (Object.hasOwn(seen, missing)) break;
      seen[missing] = type.includes('array') ? [] : type.includes('string') ? 'x' : type.includes('object') ? {} : 1;
    }
  }
  return [...fields];
}

/** What a parser makes of the fields and of as much as it wants besides. */
function parsedWith(fields: Readonly<Record<string, unknown>>, parse: Parse): unknown {
  // Without it there is no encryption at all.
  const wire: Record<string, unknown> = { ...fields, provider: 'luks', encryption_key_id: 'k' };
  for (let attempt = 0; attempt < 100; attempt++) {
    try {
      return parse(new WireReader(wire, 'x'));
    } catch (error) {
      const [, path = '', type = ''] = /^x\.(\S+) is .*, expected (.*)$/.exec(String(error).slice(11)) ?? [];
      let place = wire;
      const [last = '', ...parents] = path.split('.').reverse();
      for (const parent of parents.reverse()) {
        const below = place[parent];
        if (!isRecord(below)) throw error;
        place = below;
      }
      place[last] = VALUES.find(([word]) => type.includes(word))?.[1]();
    }
  }
  throw new Error('the parser is never content');
}

const VALUES: readonly (readonly [word: string, value: () => unknown])[] = [
  ['ISO 8601', () => '2026-01-01T00:00:00Z'],
  ['array', () => []],
  ['object', () => ({})],
  ['boolean', () => true],
  ['integer', () => 1],
  ['string', () => 'x'],
];

describe('parsers of answers', () => {
  it.each(Object.entries(PARSERS))('%s takes any JSON, and fails with a WireError or not at all', (_, parse) => {
    const fields = [...fieldsOf(parse), 'metadata', 'flavor', 'image', 'addresses', 'project', 'roles', 'raw'];
    const almostRight = fc.dictionary(fc.constantFrom(...fields), fc.jsonValue(), { maxKeys: fields.length });
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), almostRight), (json) => {
        try {
          parse(new WireReader(json, 'answer'));
        } catch (error) {
          expect(error).toBeInstanceOf(WireError);
        }
      }),
      { numRuns: 200 },
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

  it.each(Object.entries(PARSERS))('%s keeps fields that it does not know', (_, parse) => {
    expect(parsedWith({ later_field: { of: 'a later release' } }, parse)).toMatchObject({
      raw: { later_field: { of: 'a later release' } },
    });
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
