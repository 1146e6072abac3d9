import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExportAccess, NetworkView } from '@iorcl/api';
import { createBridge, createTenantNetworkPlugs, listLinks, NetlinkSocket } from '@iorcl/vlan-netlink';
import { enterFreshNamespace, type FreshNamespace, whyNoNamespaces } from '@iorcl/vlan-netlink/testing';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { IoHostEnd } from '../../test/io-host-end.ts';
import { importsImpossible } from '../../test/nbd-server.ts';
import { FuseImporter } from '../importers/fuse/fuse-importer.ts';
import { HostImporters } from '../importers/host-importers.ts';
import { QemuNbdImporter } from '../importers/qemu-nbd/qemu-nbd-importer.ts';
import type { ImportRecord } from './import-record.ts';
import { Imports } from './imports.ts';
import { RecordStore } from './record-store.ts';

const SIZE = 4 * 1024 * 1024;
const PORT = 10_809;
const impossible = importsImpossible() ?? whyNoNamespaces();

const network: NetworkView = {
  networkId: 'b1ue0000-0000-4000-8000-000000000001',
  type: 'vlan',
  physicalNetwork: 'physnet1',
  segmentationId: 120,
};

// Real processes: what takes seconds alone takes longer beside other tests.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

describe.skipIf(impossible !== undefined)(
  `imports over a tenant network${impossible === undefined ? '' : ` (${impossible})`}`,
  () => {
    let fresh: FreshNamespace;
    let directory: string;
    let imports: Imports;
    let record: ImportRecord;
    let undo: (() => Promise<unknown>)[];

    const openImports = async (targets: 'physnet1' | 'physnet9' = 'physnet1', kind: string = 'fuse') => {
      const directories = { importsDirectory: join(directory, 'imports'), runtimeDirectory: join(directory, 'run') };
      const importers = [
        new QemuNbdImporter({ ...directories, qemuUser: 'root' }),
        new FuseImporter({ ...directories, allowPrivateMount: true }),
      ];
      const plugs = createTenantNetworkPlugs({
        site: 'compute',
        host: 'compute-1',
        targets: { [targets]: { kind: 'bridge' } },
        namespaceDirectory: fresh.namespaceDirectory,
        stateDirectory: join(directory, 'compute-networks'),
      });
      return new Imports({
        store: RecordStore.open(join(directory, 'records')),
        plugs: { 'tenant-namespace': plugs, 'initial-namespace': plugs },
        importers: await HostImporters.choose({ importers, kind }),
      });
    };

    async function exportVolume(): Promise<ExportAccess> {
      writeFileSync(join(directory, 'volume'), Buffer.alloc(SIZE));
      const end = new IoHostEnd({ directory, fresh });
      undo.push(() => end.unexport(record.attachmentId));
      const { instanceId, attachmentId } = record;
      return await end.export({ network, instanceId, attachmentId, file: join(directory, 'volume'), sizeBytes: SIZE });
    }

    const linksOfCompute = async () => {
      using socket = NetlinkSocket.open();
      return (await listLinks(socket)).map(({ name }) => name).sort();
    };

    beforeEach(async () => {
      undo = [];
      fresh = await enterFreshNamespace();
      directory = mkdtempSync(join(tmpdir(), 'iorcl-imports-'));
      using socket = NetlinkSocket.open();
      await createBridge(socket, { name: `brq${network.networkId.slice(0, 11)}`, up: true });
      record = {
        version: 1,
        attachmentId: randomUUID(),
        instanceId: randomUUID(),
        volumeId: randomUUID(),
        importer: 'fuse',
        network,
        access: {
          transport: 'nbd',
          address: 'fe80::1',
          port: PORT,
          exportName: 'volume-1',
          sizeBytes: SIZE,
          readOnly: false,
          tls: { kind: 'psk', identity: 'nobody', secretHex: '00'.repeat(32) },
        },
        traits: { accessMode: 'rw', qosSpecs: null, cacheable: false },
      };
      imports = await openImports();
    });
    afterEach(async () => {
      await imports.remove(record.attachmentId);
      for (const step of undo.reverse()) await step();
      fresh.leave();
      rmSync(directory, { recursive: true });
    });

    it('reach the I/O host by its link-local address inside the tenant network, and leave nothing behind', async () => {
      record = { ...record, access: await exportVolume() };
      const before = await linksOfCompute();
      const disk = await imports.ensure(record);
      expect(disk.sizeBytes).toBe(SIZE);
      const pattern = randomBytes(4096);
      const handle = await open(disk.path, 'r+');
      await handle.write(pattern, 0, pattern.length, 8192);
      await handle.sync();
      await handle.close();
      expect(readFileSync(join(directory, 'volume')).subarray(8192, 12_288).equals(pattern)).toBe(true);
      const file = join(directory, 'records', `${record.attachmentId}.json`);
      expect(statSync(file).mode & 0o777).toBe(0o600);

      // A restarted hook knows it again, and finds it whole.
      const restarted = await openImports();
      expect(restarted.find(record.attachmentId)).toEqual(record);
      expect(await restarted.ensure(record)).toEqual(disk);

      await restarted.remove(record.attachmentId);
      expect(await linksOfCompute()).toEqual(before);
      for (const name of ['records', 'imports', 'run', 'compute-networks']) {
        expect(readdirSync(join(directory, name)), name).toEqual([]);
      }
      expect(readdirSync(fresh.namespaceDirectory)).toHaveLength(1);
    });

    it('are removed whole even when their record is lost', async () => {
      record = { ...record, access: await exportVolume() };
      await imports.ensure(record);
      rmSync(join(directory, 'records', `${record.attachmentId}.json`));
      const forgetful = await openImports();
      await forgetful.remove(record.attachmentId);
      expect(readdirSync(join(directory, 'imports'))).toEqual([]);
      expect(readdirSync(fresh.namespaceDirectory)).toHaveLength(1);
    });

    it('keep the importer that made them when another is chosen; new ones are made by that', async () => {
      record = { ...record, access: await exportVolume() };
      const disk = await imports.ensure(record);
      expect(disk.kind).toBe('file');
      const restarted = await openImports('physnet1', 'qemu-nbd');
      expect(await restarted.ensure(record)).toEqual(disk);
      expect(restarted.place({ ...record, ...restarted.find(record.attachmentId) })).toMatchObject({ kind: 'file' });
      await restarted.remove(record.attachmentId);
      expect(await restarted.ensure(record)).toMatchObject({ kind: 'nbd-socket', sizeBytes: SIZE });
      expect(restarted.find(record.attachmentId)?.importer).toBe('qemu-nbd');
      // Removed whole also when nobody knows any more who made it.
      rmSync(join(directory, 'records', `${record.attachmentId}.json`));
      await (await openImports()).remove(record.attachmentId);
      expect(readdirSync(join(directory, 'imports'))).toEqual([]);
      expect(readdirSync(join(directory, 'run'))).toEqual([]);
    });

    it('of an importer that this version does not know are left as they are, with an error that names it', async () => {
      await imports.ensure({ ...record, access: await exportVolume() });
      const file = join(directory, 'records', `${record.attachmentId}.json`);
      const [made, other] = [readFileSync(file, 'utf8'), readFileSync(file, 'utf8').replace('"fuse"', '"future"')];
      writeFileSync(file, other);
      const older = await openImports();
      await expect(older.remove(record.attachmentId)).rejects.toThrow('"future" is not known');
      await expect(older.ensure(record)).rejects.toThrow('"future" is not known');
      expect(readFileSync(file, 'utf8')).toBe(other);
      writeFileSync(file, made);
      imports = await openImports();
    });

    it('H16: refuse a network that no configured way leads to, by name', async () => {
      imports = await openImports('physnet9');
      await expect(imports.ensure(record)).rejects.toThrow('physnet1');
    });
  },
);
