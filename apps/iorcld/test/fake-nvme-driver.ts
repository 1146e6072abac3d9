import type { DriverCapabilities, GrantRequest, InstanceState, VolumeKey, VolumeState } from '@iorcl/iohyp-driver';
import { FakeDriver } from './fake-world.ts';

/** Speaks NVMe: has names for its clients, and cuts them off without taking the export away. */
export class FakeNvmeDriver extends FakeDriver {
  override readonly capabilities: DriverCapabilities = {
    transport: 'nvme-tcp',
    backends: ['local'],
    interposers: ['luks'],
    readOnly: false,
    secure: true,
    sharing: false,
    resize: 'announced',
    cutsOff: true,
    recreates: false,
  };
  /** Attachments whose clients were cut off. */
  readonly cutOffs: string[] = [];

  override async grant(request: GrantRequest): Promise<VolumeState> {
    return named(request.key.instanceId, await super.grant(request));
  }

  override async inspect(instanceId: string): Promise<InstanceState | undefined> {
    const state = await super.inspect(instanceId);
    return state && { ...state, volumes: state.volumes.map((volume) => named(instanceId, volume)) };
  }

  async cutOff({ attachmentId }: VolumeKey): Promise<void> {
    this.cutOffs.push(attachmentId);
  }
}

function named(instanceId: string, state: VolumeState): VolumeState {
  const hostNqns = state.grants.map((identity) => [identity, `nqn.2026-01.org.iorcl:client:${instanceId}:${identity}`]);
  const { attachmentId: namespaceUuid } = state;
  const subsystemNqn = `nqn.2026-01.org.iorcl:volume:${namespaceUuid}`;
  return { ...state, nvme: { subsystemNqn, namespaceUuid, hostNqns: Object.fromEntries(hostNqns) } };
}
