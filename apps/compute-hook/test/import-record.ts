import type { ImportRecord } from '../src/imports/import-record.ts';

/** A record of an import that exists nowhere. */
export function importRecord(attachmentId: string): ImportRecord {
  return {
    version: 1,
    attachmentId,
    instanceId: 'f3ed21e8-c30b-461e-b284-e3783d6920ba',
    volumeId: '56858951-2fa8-45b5-bc5a-e636ae67e47b',
    importer: 'fuse',
    network: { networkId: 'n1', type: 'vlan', physicalNetwork: 'physnet1', segmentationId: 120 },
    access: {
      transport: 'nbd',
      address: 'fe80::1',
      port: 10809,
      exportName: 'volume-1',
      sizeBytes: 1_073_741_824,
      readOnly: false,
      tls: { kind: 'psk', identity: 'compute-1', secretHex: 'ab'.repeat(32) },
    },
    traits: { accessMode: 'rw', qosSpecs: null, cacheable: false },
  };
}
