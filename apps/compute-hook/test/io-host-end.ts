import { join } from 'node:path';
import type { NbdAccess, NetworkView } from '@iorcl/api';
import { drivers, type IoHypervisorDriver } from '@iorcl/iohyp-driver';
import { createTenantNetworkPlugs, type TenantNetwork, type TenantNetworkPlugs } from '@iorcl/vlan-netlink';
import type { FreshNamespace } from '@iorcl/vlan-netlink/testing';

const FIRST_PORT = 10_809;

export interface VolumeToExport {
  readonly network: NetworkView;
  readonly instanceId: string;
  readonly attachmentId: string;
  readonly file: string;
  readonly sizeBytes: number;
}

interface Exported {
  readonly instanceId: string;
  readonly access: NbdAccess;
  undo(): Promise<void>;
}

/** The I/O host's end of a tenant network, with the data plane that a real one has: plug, open, export, grant. */
export class IoHostEnd {
  readonly #plugs: TenantNetworkPlugs;
  readonly #driver: IoHypervisorDriver;
  readonly #exported = new Map<string, Exported>();

  constructor({
    directory,
    fresh,
  }: { readonly directory: string; readonly fresh: Pick<FreshNamespace, 'namespaceDirectory' | 'stateDirectory'> }) {
    this.#plugs = createTenantNetworkPlugs({
      site: 'io',
      host: 'io-1',
      targets: { physnet1: { kind: 'bridge' } },
      namespaceDirectory: fresh.namespaceDirectory,
      stateDirectory: fresh.stateDirectory,
    });
    this.#driver = drivers.qsd({
      runtimeDirectory: join(directory, 'qsd'),
      backends: { file: { allowedDirectories: [directory] } },
    });
  }

  async export(volume: VolumeToExport): Promise<NbdAccess> {
    const known = this.#exported.get(volume.attachmentId);
    if (known !== undefined) return known.access;
    const { instanceId, attachmentId } = volume;
    const key = { instanceId, attachmentId };
    const network: TenantNetwork = {
      ...volume.network,
      physicalNetwork: volume.network.physicalNetwork ?? undefined,
      segmentationId: volume.network.segmentationId ?? undefined,
    };
    const { linkLocal: address } = await this.#plugs.plug({ network, owner: attachmentId });
    const port = FIRST_PORT + this.#exported.size;
    const access: NbdAccess = {
      transport: 'nbd',
      address,
      port,
      exportName: attachmentId,
      sizeBytes: volume.sizeBytes,
      readOnly: false,
      tls: { kind: 'psk', identity: 'compute-1', secretHex: 'ab'.repeat(32) },
    };
    this.#exported.set(attachmentId, {
      instanceId,
      access,
      undo: async () => {
        await this.#driver.unexport(key);
        await this.#driver.close(key);
        await this.#plugs.unplug({ network, owner: attachmentId });
      },
    });
    await this.#driver.open({
      key,
      connectionInfo: { driver_volume_type: 'gpfs', device_path: volume.file },
      readOnly: false,
      listener: { address, port, openSocket: () => this.#plugs.listen(network, address, port) },
    });
    await this.#driver.export({ key, exportName: attachmentId, readOnly: false });
    await this.#driver.grant({ key, ...access.tls });
    return access;
  }

  /** Takes over the size that the volume's file has now. */
  async resize(attachmentId: string, sizeBytes: number): Promise<void> {
    const known = this.#exported.get(attachmentId);
    if (known === undefined) throw new Error(`${attachmentId} is not exported`);
    await this.#driver.resize({ key: { instanceId: known.instanceId, attachmentId }, sizeBytes });
    this.#exported.set(attachmentId, { ...known, access: { ...known.access, sizeBytes } });
  }

  has(attachmentId: string): boolean {
    return this.#exported.has(attachmentId);
  }

  async unexport(attachmentId: string): Promise<void> {
    await this.#exported.get(attachmentId)?.undo();
    this.#exported.delete(attachmentId);
  }

  async unexportAll(): Promise<void> {
    for (const attachmentId of [...this.#exported.keys()]) await this.unexport(attachmentId);
  }
}
