import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Harness, type Life, type Reservation } from '../../test/harness.ts';
import { nbd } from '../../test/nbd-access.ts';

const GIB = 1024 ** 3;

let harness: Harness;
let life: Life;
let reservation: Reservation;

beforeEach(() => {
  harness = new Harness();
  life = harness.start();
  reservation = harness.reserveOne();
});
afterEach(() => harness.end());

const attach = () => life.attachments.create({ attachmentId: reservation.attachmentId, computeHost: 'compute-1' });
const volume = async () => (await harness.driver.inspect(reservation.instanceId))?.volumes[0];
const grow = (sizeGiB: number): void => harness.changeVolume(reservation.volumeId, { sizeGiB });

describe('resize', () => {
  it('H19: takes over the size that Cinder has given the volume, while it is exported', async () => {
    await attach();
    grow(3);
    harness.driver.sizeBytes = 3 * GIB;
    expect(await life.attachments.resize(reservation.attachmentId)).toMatchObject({
      ...{ attachment: { sizeBytes: 3 * GIB }, exportedBytes: 3 * GIB },
    });
    expect(await volume()).toMatchObject({ sizeBytes: 3 * GIB, exportName: reservation.attachmentId });
    expect((await attach()).access.sizeBytes).toBe(3 * GIB);
  });
  it('refuses another size than Cinder’s, and a smaller one, and changes nothing', async () => {
    await attach();
    await expect(life.attachments.resize(reservation.attachmentId, 2 * GIB)).rejects.toMatchObject({
      code: 'volume_refused',
      message: expect.stringMatching(/resized to 2147483648 bytes: Cinder says that it has 1073741824/),
    });
    grow(0.5);
    await expect(life.attachments.resize(reservation.attachmentId)).rejects.toMatchObject({ code: 'volume_refused' });
    expect(life.attachments.show(reservation.attachmentId)).toMatchObject({ status: 'attached', sizeBytes: GIB });
  });
  it('says so where the storage has not grown; the export goes on, and once it has, a repair is enough', async () => {
    await attach();
    grow(2);
    await expect(life.attachments.resize(reservation.attachmentId)).rejects.toMatchObject({ code: 'step_failed' });
    expect(life.attachments.show(reservation.attachmentId)).toMatchObject({ status: 'error' });
    expect(await volume()).toMatchObject({ sizeBytes: GIB, exportName: reservation.attachmentId });
    harness.driver.sizeBytes = 2 * GIB;
    expect(await life.attachments.repair(reservation.attachmentId)).toMatchObject({
      ...{ status: 'attached', fault: null, sizeBytes: 2 * GIB },
    });
  });
  it('while Cinder is still extending the volume changes nothing, and says that it may be asked again', async () => {
    await attach();
    harness.changeVolume(reservation.volumeId, { status: 'extending' });
    await expect(life.attachments.resize(reservation.attachmentId, 2 * GIB)).rejects.toMatchObject({
      ...{ code: 'volume_refused', retryable: true, message: expect.stringMatching(/still being extended/) },
    });
    await life.attachments.resize(reservation.attachmentId);
    expect(life.attachments.show(reservation.attachmentId)).toMatchObject({ status: 'attached', sizeBytes: GIB });
  });
  it('asked several times at once has one effect', async () => {
    await attach();
    grow(2);
    harness.driver.sizeBytes = 2 * GIB;
    const resize = vi.spyOn(harness.driver, 'resize');
    const answers = await Promise.all([1, 2, 3].map(() => life.attachments.resize(reservation.attachmentId)));
    expect(answers.map(({ exportedBytes }) => exportedBytes)).toEqual([2 * GIB, 2 * GIB, 2 * GIB]);
    expect(resize).toHaveBeenCalledTimes(1);
  });
  it('also takes over the size of a volume whose export was lost meanwhile', async () => {
    await attach();
    await harness.driver.unexport({ instanceId: reservation.instanceId, attachmentId: reservation.attachmentId });
    grow(2);
    harness.driver.sizeBytes = 2 * GIB;
    await life.attachments.resize(reservation.attachmentId);
    expect(await volume()).toMatchObject({ sizeBytes: 2 * GIB, exportName: reservation.attachmentId });
  });
  it('while Cinder is silent changes nothing', async () => {
    await attach();
    harness.cloud.silent.add('volume');
    await expect(life.attachments.resize(reservation.attachmentId)).rejects.toMatchObject({
      code: 'cloud_unavailable',
    });
    expect(life.attachments.show(reservation.attachmentId)).toMatchObject({ status: 'attached', fault: null });
  });
});

describe('limits', () => {
  it('are those of Cinder’s qos_specs', async () => {
    harness.cloud.connectionInfo = { driver_volume_type: 'fake', qos_specs: { total_iops_sec: '500' } };
    await attach();
    expect(await volume()).toMatchObject({ interposers: ['throttle'], qos: { iopsTotal: 500 } });
  });
  it('that make no sense are refused, and nothing is left', async () => {
    harness.cloud.connectionInfo = { driver_volume_type: 'fake', qos_specs: { total_iops_sec: 'many' } };
    await expect(attach()).rejects.toMatchObject({ message: expect.stringMatching(/total_iops_sec is "many"/) });
    expect(harness.leftovers()).toEqual([]);
  });
  it('may be set while the volume is exported, survive a restart, and can be given back to Cinder', async () => {
    harness.cloud.connectionInfo = { driver_volume_type: 'fake', qos_specs: { total_iops_sec: '500' } };
    await attach();
    await life.attachments.setQos(reservation.attachmentId, { bytesPerSecondRead: 1_000_000 });
    expect(await volume()).toMatchObject({ qos: { bytesPerSecondRead: 1_000_000 }, exportName: expect.anything() });

    harness.driver.instances.clear();
    life = harness.start();
    await life.attachments.adoptAll();
    expect((await volume())?.qos).toEqual({ bytesPerSecondRead: 1_000_000 });

    await life.attachments.setQos(reservation.attachmentId, undefined);
    expect((await volume())?.qos).toEqual({ iopsTotal: 500 });
  });
  describe('of the flavor', () => {
    const flavor = (extraSpecs: Record<string, string>): void =>
      harness.change(reservation.instanceId, { extraSpecs: { 'io:enabled': '1', ...extraSpecs } });
    const stages = () => harness.driver.stages.get(reservation.attachmentId);

    it('hold beside the volume’s, survive a restart, and are not lifted with those', async () => {
      flavor({ 'quota:disk_total_iops_sec': '300', 'quota:disk_read_bytes_sec': '1000000' });
      harness.cloud.connectionInfo = { driver_volume_type: 'fake', qos_specs: { read_iops_sec: '500' } };
      const limits = { kind: 'throttle', iopsTotal: 300, bytesPerSecondRead: 1_000_000 };
      await attach();
      expect(stages()).toEqual([limits, { kind: 'throttle', iopsRead: 500 }]);

      await life.attachments.setQos(reservation.attachmentId, { iopsTotal: 50 });
      expect(await volume()).toMatchObject({ interposers: ['throttle', 'throttle'], qos: { iopsTotal: 50 } });

      // What the flavor says later is for what is attached later.
      flavor({});
      harness.driver.instances.clear();
      life = harness.start();
      await life.attachments.adoptAll();
      expect(stages()).toEqual([limits, { kind: 'throttle', iopsTotal: 50 }]);
    });
    it('stay as they are in a live migration', async () => {
      flavor({ 'quota:disk_total_iops_sec': '300' });
      await attach();
      const destination = harness.reserve(reservation.instanceId, reservation.volumeId);
      flavor({ 'quota:disk_total_iops_sec': '400' });
      harness.change(reservation.instanceId, { taskState: 'migrating' });
      await life.attachments.create({ attachmentId: destination.attachmentId, computeHost: 'compute-2' });
      expect(harness.driver.exportings.get(reservation.attachmentId)).toBe(1);
      expect(stages()).toMatchObject([{ iopsTotal: 300 }, {}]);
    });
    it.each([
      ['are no number', { 'quota:disk_read_iops_sec': 'many' }, /quota:disk_read_iops_sec is "many"/],
      ['contradict each other', { 'quota:disk_read_iops_sec': '1', 'quota:disk_total_iops_sec': '1' }, /total/i],
    ])('that %s are refused before anything changes', async (_, extraSpecs, message) => {
      flavor({ ...extraSpecs });
      await expect(attach()).rejects.toMatchObject({
        code: 'policy_refused',
        message: expect.stringMatching(message),
      });
      expect(harness.cloud.connectors.size).toBe(0);
    });
    it('are refused by a driver that has none', async () => {
      flavor({ 'quota:disk_total_iops_sec': '300' });
      harness.driver.capabilities = { ...harness.driver.capabilities, interposers: [] };
      life = harness.start();
      await expect(attach()).rejects.toMatchObject({
        code: 'policy_refused',
        message: expect.stringContaining("this I/O host's driver has no limits"),
      });
    });
  });

  it('that contradict each other are refused, and the old ones hold', async () => {
    await attach();
    await life.attachments.setQos(reservation.attachmentId, { iopsTotal: 100 });
    await expect(
      life.attachments.setQos(reservation.attachmentId, { iopsTotal: 100, iopsRead: 50 }),
    ).rejects.toMatchObject({ code: 'bad_request' });
    expect(life.attachments.show(reservation.attachmentId).status).toBe('attached');
    expect((await volume())?.qos).toEqual({ iopsTotal: 100 });
  });
});

describe('repair', () => {
  it('B10: makes an export again that was lost, with the same address, port and key', async () => {
    const before = await attach();
    harness.driver.instances.clear();
    harness.driver.secrets.clear();
    await life.attachments.repair(reservation.attachmentId);
    expect((await attach()).access).toEqual(before.access);
    expect(await volume()).toMatchObject({ grants: [nbd(before).tls.identity] });
  });
  it('H20: gives Cinder’s attachment our connector again, and leaves it attached', async () => {
    await attach();
    await harness.cloud.complete(reservation.attachmentId);
    harness.connectBy('compute-1', reservation.attachmentId);
    await life.attachments.repair(reservation.attachmentId);
    expect((await harness.cloud.attachment(reservation.attachmentId)).status).toBe('attached');
    const { completed } = await harness.cloud.volume(reservation.volumeId);
    expect(completed.get(reservation.attachmentId)?.host).toBe('io-1');
  });
  it('of what is being removed is refused', async () => {
    await attach();
    harness.driver.close = () => Promise.reject(new Error('busy'));
    await expect(life.attachments.remove(reservation.attachmentId)).rejects.toThrow();
    await expect(life.attachments.repair(reservation.attachmentId)).rejects.toMatchObject({
      code: 'attachment_conflict',
    });
  });
});

describe('H18: an encrypted volume', () => {
  beforeEach(() => {
    harness.changeVolume(reservation.volumeId, { encrypted: true });
    harness.cloud.connectionInfo = { driver_volume_type: 'fake', encrypted: true };
  });
  it('is decrypted here; the compute host is told what it can read', async () => {
    const { access } = await attach();
    expect(await volume()).toMatchObject({ interposers: ['luks', 'throttle'] });
    expect(access.sizeBytes).toBe(GIB - 2 * 1024 ** 2);
  });
  it('whose storage is larger by its header, as RBD images are, has Cinder’s size for the compute host', async () => {
    harness.driver.sizeBytes = GIB + 2 * 1024 ** 2;
    expect((await attach()).access.sizeBytes).toBe(GIB);
    // What is encrypted is larger than Cinder says, and not expected to be as large.
    expect(harness.driver.expected.get(reservation.attachmentId)).toEqual({});
  });
  it('that has grown is as much larger for the compute host', async () => {
    await attach();
    grow(2);
    harness.driver.sizeBytes = 2 * GIB;
    const exportedBytes = 2 * GIB - 2 * 1024 ** 2;
    expect(await life.attachments.resize(reservation.attachmentId)).toMatchObject({ exportedBytes });
    expect((await attach()).access.sizeBytes).toBe(exportedBytes);
  });
  it('whose connection_info says otherwise than its record is refused, and nothing is left', async () => {
    harness.cloud.connectionInfo = { driver_volume_type: 'fake', encrypted: false };
    await expect(attach()).rejects.toMatchObject({
      code: 'volume_refused',
      message: expect.stringMatching(/encrypted=false.*encrypted=true/),
    });
    expect(harness.leftovers()).toEqual([]);
  });
});

describe('address_mode = neutron-port', () => {
  const ports = () => [...harness.cloud.exportPortsById.values()];
  beforeEach(() => {
    harness.addressMode = 'neutron-port';
    life = harness.start();
  });
  it('a port of Neutron’s reserves an address for exports, one per network; the last export takes it along', async () => {
    const { attachment, access } = await attach();
    expect(ports()).toEqual([expect.objectContaining({ deviceOwner: 'iorcl:export', host: 'io-1' })]);
    expect(attachment.address).toBe('10.0.0.5');
    // A compute host has no address of the tenant's subnet, and so none that 10.0.0.5 could answer.
    expect(access.address).toBe('fe80::1');

    const other = harness.reserve(reservation.instanceId);
    const second = await life.attachments.create({ attachmentId: other.attachmentId, computeHost: 'compute-1' });
    expect(second.attachment.address).toBe('10.0.0.5');
    await life.attachments.remove(reservation.attachmentId);
    expect(ports()).toHaveLength(1);
    await life.attachments.remove(other.attachmentId);
    expect(harness.leftovers()).toEqual([]);
  });
  it('H12: a port without an address is a clear error, and nothing is left', async () => {
    const create = harness.cloud.createExportPort.bind(harness.cloud);
    harness.cloud.createExportPort = async (port) => {
      const made = await create(port);
      harness.cloud.exportPortsById.set(made.id, { ...port, ...made, addresses: [] });
      return { ...made, addresses: [] };
    };
    await expect(attach()).rejects.toMatchObject({
      message: expect.stringMatching(/no address: has the network a subnet/),
    });
    expect(harness.leftovers()).toEqual([]);
  });
  it('H22: a restart keeps port and address', async () => {
    const before = await attach();
    life = harness.start();
    await life.attachments.adoptAll();
    expect((await attach()).access).toEqual(before.access);
    expect(ports()).toHaveLength(1);
  });
});

describe('a disabled host', () => {
  it('takes no new attachments, says why, and goes on serving and removing those it has', async () => {
    await attach();
    life.journal.setHost({ status: 'disabled', reason: 'new disks' });
    const other = harness.reserve(reservation.instanceId);
    await expect(
      life.attachments.create({ attachmentId: other.attachmentId, computeHost: 'compute-1' }),
    ).rejects.toMatchObject({ code: 'host_disabled', message: expect.stringContaining('new disks') });
    await attach();
    life = harness.start();
    expect(life.journal.host()).toMatchObject({ status: 'disabled', reason: 'new disks' });
    await life.attachments.remove(reservation.attachmentId);
    expect(harness.leftovers()).toEqual([]);
  });
});
