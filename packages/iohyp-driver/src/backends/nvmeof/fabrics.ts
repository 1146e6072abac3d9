import { chmod, open, writeFile } from 'node:fs/promises';
import { DriverError } from '../../contract.ts';
import type { NvmeController } from './nvme-sysfs.ts';
import type { NvmePortal } from './nvmeof-fields.ts';
import type { NvmeofBackendSettings } from './settings.ts';

const FABRICS = '/dev/nvme-fabrics';
/** `instance=N,cntlid=M` */
const ANSWER_BYTES = 256;

/**
 * Asks the kernel's initiator for a connection: the options of drivers/nvme/host/fabrics.c of Linux, `opt_tokens`. Answers its
 * name. Can't be cut short: with storage that takes the connection and then says nothing it lasts a minute.
 * @throws {DriverError} `backend_failed`; the message never holds the secret
 */
export async function connectController(
  nqn: string,
  portal: NvmePortal,
  settings: NvmeofBackendSettings,
  secret: string | undefined,
): Promise<string> {
  const options = [
    ...['transport=tcp', `traddr=${portal.address}`, `trsvcid=${portal.port}`, `nqn=${nqn}`],
    `hostnqn=${settings.hostNqn}`,
    ...(settings.hostId === undefined ? [] : [`hostid=${settings.hostId}`]),
    `nr_io_queues=${settings.queues ?? 4}`,
    `ctrl_loss_tmo=${settings.controllerLossSeconds ?? 600}`,
    `reconnect_delay=${settings.reconnectDelaySeconds ?? 2}`,
    `keep_alive_tmo=${settings.keepAliveSeconds ?? 5}`,
    ...(secret === undefined ? [] : [`dhchap_secret=${secret}`]),
  ];
  const what = `connecting [${portal.address}]:${portal.port} for ${nqn}`;
  try {
    return await connectFabrics(options);
  } catch (cause) {
    throw new DriverError('backend_failed', `${what}: ${reasonOf(cause)}`, { cause, retryable: true });
  }
}

/**
 * Hands the kernel's initiator these options, `name=value` each, and answers the connection's name. Secrets among them are
 * root's alone from then on.
 * @throws the system's error with its `code`
 */
export async function connectFabrics(options: readonly string[]): Promise<string> {
  const file = await open(FABRICS, 'r+');
  try {
    await file.write(options.join(','));
    const { buffer, bytesRead } = await file.read(Buffer.alloc(ANSWER_BYTES), 0, ANSWER_BYTES, null);
    const name = `nvme${/instance=(\d+)/.exec(buffer.toString('latin1', 0, bytesRead))?.[1]}`;
    await hideSecret(name);
    return name;
  } finally {
    await file.close();
  }
}

/** The kernel shows the secret of a connection to everybody on this host; now to root alone. */
async function hideSecret(name: string): Promise<void> {
  await chmod(`/sys/class/nvme/${name}/dhchap_secret`, 0o600).catch((error: unknown) => {
    // A kernel without CONFIG_NVME_AUTH shows none.
    if (codeOf(error) !== 'ENOENT') {
      throw error;
    }
  });
}

/** Ends one connection. Resolves when the kernel has removed it. */
export async function deleteController({ name }: Pick<NvmeController, 'name'>): Promise<void> {
  await writeFile(`/sys/class/nvme/${name}/delete_controller`, '1').catch((error: unknown) => {
    if (codeOf(error) !== 'ENOENT') {
      throw error;
    }
  });
}

/** Makes the kernel look for namespaces that came after it connected. */
export async function rescanController({ name }: Pick<NvmeController, 'name'>): Promise<void> {
  await writeFile(`/sys/class/nvme/${name}/rescan_controller`, '1').catch(() => {});
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

function reasonOf(error: unknown): string {
  const code = codeOf(error);
  if (code === 'ENOENT' || code === 'ENODEV') {
    return `${FABRICS} is not there: load the kernel's module nvme-tcp on the I/O host`;
  }
  const known: Readonly<Record<string, string>> = {
    EACCES: 'storage wants a key, or refuses the one in secretFile',
    ECONNREFUSED: 'nobody listens there',
    EINVAL: 'storage refuses it: does it know the subsystem, and this host by its hostNqn?',
    EKEYREJECTED: 'storage refuses the key in secretFile',
    ENOKEY: 'storage wants a key: secretFile is missing',
  };
  return `${known[code] ?? (error instanceof Error ? error.message : String(error))} (${code})`;
}
