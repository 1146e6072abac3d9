import type { CommandRunner } from '../../command/command.ts';
import { LocalCommandRunner } from '../../command/local-command-runner.ts';
import { DriverError, type Listener, type VolumeKey, type VolumeState } from '../../contract.ts';
import { requireOpen } from '../record-checks.ts';
import { RecordDirectory } from '../record-directory.ts';
import { SerialQueue } from '../serial-queue.ts';
import { Configfs, sizeOfDevice } from './configfs.ts';
import { Instance } from './instance.ts';
import { type NvmetNames, nvmetNames } from './names.ts';
import type { ResolvedOptions } from './options.ts';
import { findPort, offerVolume } from './port.ts';
import { VolumeSubsystem } from './subsystem.ts';
import { type NvmetRecord, nvmetRecord, plaintextPath } from './volume-record.ts';

/** The kernel's NVMe target, with what the verbs need to work on it. */
export class Target {
  readonly options: ResolvedOptions;
  readonly names: NvmetNames;
  readonly configfs: Configfs;
  readonly commands: CommandRunner = new LocalCommandRunner();
  readonly records: RecordDirectory<NvmetRecord>;
  /** What isn't an instance's own: storages, and the kernel's numbers of ports. */
  readonly shared: SerialQueue = new SerialQueue();
  /** Ways into the tenants' networks, of instances that were opened or adopted through this object. */
  readonly listeners: Map<string, Listener> = new Map();

  constructor(options: ResolvedOptions) {
    this.options = options;
    this.names = nvmetNames(options.nqnPrefix);
    this.configfs = new Configfs(options.configfsDirectory);
    this.records = new RecordDirectory(options.runtimeDirectory, nvmetRecord);
  }

  /** @throws {DriverError} `data_plane_failed` when this kernel has no NVMe target */
  async requireKernel(): Promise<void> {
    if (!(await this.configfs.has('subsystems'))) {
      const text = `${this.configfs.root} is not there: is configfs mounted, and the module nvmet-tcp loaded?`;
      throw new DriverError('data_plane_failed', text, { safeToRollBack: true });
    }
  }

  instance(instanceId: string): Instance {
    return new Instance(this.configfs, this.names, instanceId);
  }

  subsystem(key: VolumeKey): VolumeSubsystem {
    return new VolumeSubsystem(this.configfs, this.names, key);
  }

  /** Lets clients find the volume at its instance's port, also after a crash in the midst of cutting them off. */
  async offer(key: VolumeKey): Promise<void> {
    const port = await findPort(this.configfs, this.instance(key.instanceId).nqn);
    if (port !== undefined) {
      offerVolume(this.configfs, port.id, this.subsystem(key).nqn);
    }
  }

  isOpen(record: NvmetRecord): Promise<boolean> {
    return this.subsystem(record)
      .devicePath()
      .then((path) => path === record.path || path === plaintextPath(record));
  }

  /** @throws {DriverError} `not_open` */
  async requireOpen(key: VolumeKey): Promise<NvmetRecord> {
    const record = await this.records.read(key);
    return requireOpen(record !== undefined && (await this.isOpen(record)) ? record : undefined, key);
  }

  /** Whether clients get the plaintext of the storage, not the storage itself. */
  async isDecrypted(record: NvmetRecord): Promise<boolean> {
    return (await this.subsystem(record).devicePath()) === plaintextPath(record);
  }

  /** Of a volume that is open, read back from the kernel. */
  async stateOf(record: NvmetRecord): Promise<VolumeState> {
    const subsystem = this.subsystem(record);
    const allowed = await Promise.all(record.grants.map((identity) => subsystem.isAllowed(identity)));
    const decrypted = await this.isDecrypted(record);
    const enabled = await subsystem.isEnabled();
    const told = enabled && !decrypted ? record.toldBytes : undefined;
    const grants = record.grants.filter((_, index) => allowed[index] === true);
    return {
      attachmentId: record.attachmentId,
      backend: record.backend,
      sizeBytes: told ?? (await sizeOfDevice(decrypted ? plaintextPath(record) : record.path)),
      readOnly: false,
      interposers: decrypted ? ['luks'] : [],
      exportName: enabled ? record.exportName : undefined,
      grants,
      nvme: {
        subsystemNqn: subsystem.nqn,
        namespaceUuid: record.uuid,
        hostNqns: Object.fromEntries(grants.map((identity) => [identity, subsystem.client(identity)])),
      },
    };
  }
}
