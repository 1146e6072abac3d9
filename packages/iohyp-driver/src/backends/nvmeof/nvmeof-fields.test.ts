import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { prepareBackend } from '../registry.ts';

const NQN = 'nqn.2014-08.org.nvmexpress:uuid:volume-1';
const UUID = 'a2b7bd2d-7d1a-4d0c-8f1e-0123456789ab';
/** As Cinder's LVM driver with the nvmet target answers it. */
const lvm = {
  driver_volume_type: 'nvmeof',
  target_nqn: NQN,
  vol_uuid: UUID,
  portals: [
    ['192.0.2.1', 4420, 'tcp'],
    ['2001:db8::1', '4420', 'TCP'],
  ],
  ns_id: 10,
  encrypted: false,
};
/** The older form, of one portal. */
const old = {
  driver_volume_type: 'nvmeof',
  data: {
    nqn: NQN,
    target_portal: '192.0.2.1',
    target_port: '4420',
    transport_type: 'tcp',
    volume_nguid: `${UUID.toUpperCase()}`,
  },
};
const settings = { nvmeof: { hostNqn: 'nqn.2014-08.org.nvmexpress:uuid:host-1' } };

describe('backend nvmeof', () => {
  it('H5: reads what Cinder answers, flat and folded, old and new, and nothing is connected by that', async () => {
    const { backend } = await prepareBackend(lvm, settings);
    expect(backend).toMatchObject({ kind: 'nvmeof', identity: `nvmeof:${NQN}:${UUID}`, id: UUID });
    const nguid = UUID.replaceAll('-', '');
    expect((await prepareBackend(old, settings)).backend).toMatchObject({
      identity: `nvmeof:${NQN}:${nguid}`,
      id: nguid,
    });
    const byNumber = await prepareBackend({ ...lvm, vol_uuid: null }, settings);
    expect(byNumber.backend.identity).toBe(`nvmeof:${NQN}:nsid 10`);
    expect(byNumber.backend.id).toBeUndefined();
  });

  it.each([
    [{ target_nqn: undefined }, 'target_nqn is missing, expected an NVMe qualified name'],
    [
      { target_nqn: 'nqn.x,hostnqn=nqn.evil' },
      'target_nqn is "nqn.x,hostnqn=nqn.evil", expected an NVMe qualified name',
    ],
    [{ target_nqn: 'nqn.x\n' }, 'expected an NVMe qualified name'],
    [{ portals: [] }, 'target_portal is missing, expected the address of a portal'],
    [{ portals: [['storage', 4420, 'tcp']] }, 'portals.0.0 is "storage", expected an IP address'],
    [{ portals: [['192.0.2.1,nqn=x', 4420, 'tcp']] }, 'expected an IP address'],
    [{ portals: [['192.0.2.1', 0, 'tcp']] }, 'portals.0.1 is 0, expected a port number'],
    [{ portals: [['192.0.2.1', 4420, 'RoCEv2']] }, 'portals.0.2 is "RoCEv2", expected "tcp"'],
    [
      { portals: undefined, target_portal: '192.0.2.1', target_port: '4420', transport_type: 'rdma' },
      'transport_type is "rdma"',
    ],
    [{ vol_uuid: 'volume-1' }, 'vol_uuid is "volume-1", expected a UUID'],
    [
      { vol_uuid: undefined, ns_id: undefined },
      'vol_uuid is missing, expected a UUID, or volume_nguid or ns_id instead',
    ],
    [{ ns_id: 'x', vol_uuid: undefined }, 'ns_id is "x", expected a namespace id'],
    [{ volume_replicas: [{ vol_uuid: UUID }] }, 'expected nothing: replicated volumes'],
    [{ host_nqn: 'nqn.another' }, 'the volume is offered to another host'],
  ])(
    'H5: a field that is missing, wrong or meant to slip in an option is named with its value: %j',
    async (change, message) => {
      const refusal = { code: 'bad_connection_info', message: expect.stringContaining(message) };
      await expect(prepareBackend({ ...lvm, ...change }, settings)).rejects.toMatchObject(refusal);
    },
  );

  it('without configuration NVMe volumes are refused', async () => {
    const refusal = { code: 'backend_failed', message: expect.stringContaining('hostNqn') };
    await expect(prepareBackend(lvm, {})).rejects.toMatchObject(refusal);
  });

  it('a portal that nobody answers at is told, and no record of a connection is left', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'iorcl-nvmeof-'));
    try {
      const { backend } = await prepareBackend(
        { ...lvm, portals: [['127.0.0.1', 1, 'tcp']] },
        { nvmeof: { ...settings.nvmeof, runtimeDirectory: directory } },
      );
      const connecting = backend.connect?.('attachment-1', AbortSignal.timeout(10_000));
      await expect(connecting).rejects.toMatchObject({
        code: 'backend_failed',
        retryable: true,
        message: expect.stringContaining('[127.0.0.1]:1'),
      });
      expect(await readdir(directory)).toEqual([]);
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});
