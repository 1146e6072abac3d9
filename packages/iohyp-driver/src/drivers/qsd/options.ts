import { isAbsolute } from 'node:path';
import type { BackendSettings } from '../../backends/backend.ts';
import { DriverError, type KeyManager } from '../../contract.ts';
import type { ServerCertificates } from './client-certificates.ts';
import type { Confinement } from './confinement.ts';
import type { Polling } from './io-thread.ts';

export interface QsdDriverOptions {
  /** One directory per instance is made here. Absolute, at most 60 bytes. Default `/run/iorcl/qsd`. */
  readonly runtimeDirectory?: string;
  /** Default `qemu-storage-daemon`, found in `PATH`. */
  readonly program?: string;
  /** What may be opened, and how. Without `file.allowedDirectories` file volumes are refused. */
  readonly backends?: BackendSettings;
  /** Clients show certificates instead of the keys of their grants. */
  readonly certificates?: ServerCertificates;
  /** What the daemons may do here. */
  readonly confinement?: Confinement;
  /** How the threads that serve volumes wait for requests. */
  readonly polling?: Polling;
  /** Where caches of `copy-on-read` are: each takes as much as its volume has. Absolute. Without it there are none. */
  readonly cacheDirectory?: string;
  /** Where logs of `audit` are. Absolute. Without it there are none. */
  readonly auditDirectory?: string;
  /** Where keys of encrypted volumes come from that aren't in files. */
  readonly keyManager?: KeyManager;
  /** Bounds each verb, besides the caller's signal. Default 30,000. */
  readonly verbTimeoutMs?: number;
  /** How long a verb may take after that, or after it was aborted, to undo what it began. Default 10,000. */
  readonly undoTimeoutMs?: number;
  /** How long a daemon may take to end after `quit` before it is killed. Default 10,000. */
  readonly stopTimeoutMs?: number;
}

export interface ResolvedOptions {
  readonly runtimeDirectory: string;
  readonly program: string;
  readonly backends: BackendSettings;
  readonly certificates: ServerCertificates | undefined;
  readonly confinement: Confinement | undefined;
  readonly polling: Required<Polling>;
  readonly cacheDirectory: string | undefined;
  readonly auditDirectory: string | undefined;
  readonly keyManager: KeyManager | undefined;
  readonly verbTimeoutMs: number;
  readonly undoTimeoutMs: number;
  readonly stopTimeoutMs: number;
}

/**
 * A unix socket's path holds at most 107 bytes (unix(7)); an instance directory and the socket's name need the rest.
 */
const LONGEST_RUNTIME_DIRECTORY = 60;

/** @throws {DriverError} `bad_request` */
export function resolveOptions(options: QsdDriverOptions): ResolvedOptions {
  const runtimeDirectory = options.runtimeDirectory ?? '/run/iorcl/qsd';
  if (!/^\/[^\0]*[^/\0]$/.test(runtimeDirectory) || Buffer.byteLength(runtimeDirectory) > LONGEST_RUNTIME_DIRECTORY) {
    throw new DriverError(
      'bad_request',
      `runtimeDirectory is ${JSON.stringify(runtimeDirectory)}, expected an absolute path of at most ` +
        `${LONGEST_RUNTIME_DIRECTORY} bytes without a trailing "/": a unix socket must fit below it`,
    );
  }
  return {
    runtimeDirectory,
    program: options.program ?? 'qemu-storage-daemon',
    backends: options.backends ?? {},
    certificates: resolveCertificates(options.certificates),
    confinement: options.confinement,
    polling: resolvePolling(options),
    cacheDirectory: absolute('cacheDirectory', options.cacheDirectory),
    auditDirectory: absolute('auditDirectory', options.auditDirectory),
    keyManager: options.keyManager,
    verbTimeoutMs: options.verbTimeoutMs ?? 30_000,
    undoTimeoutMs: options.undoTimeoutMs ?? 10_000,
    stopTimeoutMs: options.stopTimeoutMs ?? 10_000,
  };
}

function resolvePolling({ polling = {}, confinement }: QsdDriverOptions): Required<Polling> {
  const hasOwnCores = (confinement?.cores ?? []).length > 0;
  const resolved = {
    maxNs: polling.maxNs ?? (hasOwnCores ? 32_768 : 0),
    grow: polling.grow ?? 0,
    shrink: polling.shrink ?? 0,
  };
  for (const [name, value] of Object.entries(resolved)) {
    if (!Number.isSafeInteger(value) || value < 0) {
      throw new DriverError('bad_request', `polling.${name} is ${value}, expected a whole number from 0`);
    }
  }
  return resolved;
}

function resolveCertificates(certificates: ServerCertificates | undefined): ServerCertificates | undefined {
  const name = certificates?.clientName;
  if (name !== undefined && name.split('{identity}').length !== 2) {
    const text = `certificates.clientName is ${JSON.stringify(name)}, expected a name that holds "{identity}" once`;
    throw new DriverError('bad_request', text);
  }
  return certificates;
}

function absolute(option: string, path: string | undefined): string | undefined {
  if (path !== undefined && !isAbsolute(path)) {
    throw new DriverError('bad_request', `${option} is ${JSON.stringify(path)}, expected an absolute path`);
  }
  return path;
}
