import type { BackendSettings } from '../../backends/backend.ts';
import type { KeyManager } from '../../contract.ts';

export interface NvmetDriverOptions {
  /** Where the kernel's NVMe target is configured. Default `/sys/kernel/config/nvmet`. */
  readonly configfsDirectory?: string;
  /** What configfs can't hold of a volume is kept here. Default `/run/iorcl/nvmet`. */
  readonly runtimeDirectory?: string;
  /** What may be opened, and how: only kinds that are a file or block device of this machine. */
  readonly backends?: BackendSettings;
  /** First part of the names of our subsystems and clients. Default `nqn.2026-01.org.iorcl`. */
  readonly nqnPrefix?: string;
  /** Most I/O queues that one client may have: by default it takes one per processor of its own. Default 4. */
  readonly maxQueues?: number;
  /** Requires DH-HMAC-CHAP of every client. Default true; false for kernels that can't, in networks that are trusted. */
  readonly authentication?: boolean;
  /**
   * Gives each volume's subsystem a second namespace, of one block, that nobody uses. For clients that are os-brick's: it ends a
   * connection with the only namespace that it has, and could not make it again without the key. Default false.
   */
  readonly placeholders?: boolean;
  /** ANA group of the namespaces: clients see a path as good or bad by group. Default 1. */
  readonly anaGroupId?: number;
  /** Where keys of encrypted volumes come from that aren't in files. */
  readonly keyManager?: KeyManager;
  /** Bounds each verb, besides the caller's signal. Default 30,000. */
  readonly verbTimeoutMs?: number;
  /** How long a verb may take after that, or after it was aborted, to undo what it began. Default 10,000. */
  readonly undoTimeoutMs?: number;
}

export type ResolvedOptions = Required<Omit<NvmetDriverOptions, 'keyManager'>> & Pick<NvmetDriverOptions, 'keyManager'>;

export function resolveOptions(options: NvmetDriverOptions): ResolvedOptions {
  return {
    configfsDirectory: '/sys/kernel/config/nvmet',
    runtimeDirectory: '/run/iorcl/nvmet',
    backends: {},
    nqnPrefix: 'nqn.2026-01.org.iorcl',
    maxQueues: 4,
    authentication: true,
    placeholders: false,
    anaGroupId: 1,
    verbTimeoutMs: 30_000,
    undoTimeoutMs: 10_000,
    ...options,
  };
}
