import { open, readdir, readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { LocalCommandRunner } from '../../src/index.ts';
import type { ConformanceClient, ConformanceWriter } from '../../src/testing/index.ts';

export interface NvmeAccess {
  readonly address: string;
  readonly port: number;
  readonly subsystemNqn: string;
  readonly hostNqn: string;
  readonly secret: string | undefined;
  /** UUID of the namespace; undefined when there is none under the asked name. */
  uuid(): Promise<string | undefined>;
}

const commands = new LocalCommandRunner();
const nvme = (...args: readonly string[]): Promise<unknown> => commands.run({ program: 'nvme', args });

/** nvme-cli and the kernel's own NVMe/TCP client. Each call connects and disconnects. */
export class NvmeClient implements ConformanceClient {
  readonly #access: NvmeAccess;

  constructor(access: NvmeAccess) {
    this.#access = access;
  }

  sizeBytes(): Promise<number> {
    return this.#connected(sizeOf);
  }

  write(offset: number, length: number, pattern: number): Promise<void> {
    return this.#connected((disk) => write(disk, offset, Buffer.alloc(length, pattern)));
  }

  discard(offset: number, length: number): Promise<void> {
    return this.#connected(async (disk) => {
      const args = ['-f', '-o', String(offset), '-l', String(length), `/dev/${disk}`];
      await commands.run({ program: 'blkdiscard', args: ['-z', ...args] });
    });
  }

  holds(offset: number, length: number, pattern: number): Promise<boolean> {
    return this.#connected(async (disk) => {
      const file = await open(`/dev/${disk}`, 'r');
      try {
        const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, offset);
        if (bytesRead !== length) {
          throw new Error(`read ${bytesRead} of ${length} bytes`);
        }
        return buffer.every((byte) => byte === pattern);
      } finally {
        await file.close();
      }
    });
  }

  timeWrites(count: number, length: number): Promise<number> {
    return this.#connected(async (disk) => {
      const begin = Date.now();
      for (let index = 0; index < count; index += 1) {
        await write(disk, index * length, Buffer.alloc(length, 1));
      }
      return Date.now() - begin;
    });
  }

  async keepWriting(): Promise<ConformanceWriter> {
    const { disk, controller } = await this.#connect();
    let completed = 0;
    let stopped = false;
    const step = async (): Promise<void> => {
      await write(disk, 0, Buffer.alloc(4096, completed % 256));
      completed += 1;
    };
    await step();
    const ended = (async (): Promise<void> => {
      try {
        while (!stopped) {
          await step();
          await delay(5);
        }
      } catch {
        // The export is gone.
      }
      stopped = true;
      await disconnectController(controller);
    })();
    return {
      ended,
      goesOn: async () => {
        const before = completed;
        while (!stopped && completed < before + 2) {
          await delay(10);
        }
        return !stopped;
      },
      writtenBytes: () => completed * 4096,
      stop: async () => {
        stopped = true;
        await ended;
      },
    };
  }

  async #connected<T>(action: (disk: string) => Promise<T>): Promise<T> {
    const { disk, controller } = await this.#connect();
    try {
      return await action(disk);
    } finally {
      await disconnectController(controller);
    }
  }

  async #connect(): Promise<{ readonly disk: string; readonly controller: string }> {
    await this.#access.uuid();
    const controller = await connectController(this.#access);
    for (let tries = 0; tries < 100; tries += 1) {
      const uuid = await this.#access.uuid();
      const disk = uuid === undefined ? undefined : await diskOf(uuid);
      if (disk !== undefined) {
        return { disk, controller };
      }
      if (uuid === undefined) {
        break;
      }
      await delay(20);
    }
    await disconnectController(controller);
    throw new Error('connected, but the volume is not there');
  }
}

/**
 * Connects by nvme-cli, and answers the kernel's name for it. nvme-cli 2.3 connects a machine to a subsystem once, whatever
 * it is told of duplicates and of client names; what it refuses so the kernel is asked for directly.
 */
export function connectController(access: NvmeAccess): Promise<string> {
  // One at a time: the first of a subsystem is found by its name.
  const connected = connecting.then(() => connectNow(access));
  connecting = connected.catch(() => {});
  return connected;
}

let connecting: Promise<unknown> = Promise.resolve();

async function connectNow(access: NvmeAccess): Promise<string> {
  const { address, port, subsystemNqn, hostNqn, secret } = access;
  if (await isConnected(subsystemNqn, await controllers())) {
    const options = [
      ...['transport=tcp', `traddr=${address}`, `trsvcid=${port}`, `nqn=${subsystemNqn}`, `hostnqn=${hostNqn}`],
      ...['ctrl_loss_tmo=2', 'reconnect_delay=1', 'nr_io_queues=1', 'duplicate_connect'],
      ...(secret === undefined ? [] : [`dhchap_secret=${secret}`]),
    ];
    const file = await open('/dev/nvme-fabrics', 'r+');
    try {
      await file.write(options.join(','));
      const { buffer, bytesRead } = await file.read(Buffer.alloc(200), 0, 200, null);
      return `nvme${/instance=(\d+)/.exec(buffer.toString('utf8', 0, bytesRead))?.[1]}`;
    } finally {
      await file.close();
    }
  }
  await nvme(
    ...['connect', '-t', 'tcp', '-a', address, '-s', String(port), '-n', subsystemNqn, '-q', hostNqn],
    ...['--ctrl-loss-tmo=2', '--reconnect-delay=1', '--nr-io-queues=1'],
    ...(secret === undefined ? [] : ['--dhchap-secret', secret]),
  );
  for (const name of await controllers()) {
    if (await isConnected(subsystemNqn, [name])) {
      return name;
    }
  }
  throw new Error(`no controller of ${subsystemNqn} after connecting`);
}

export async function disconnectController(name: string): Promise<void> {
  await nvme('disconnect', '-d', name).catch(() => {});
}

async function controllers(): Promise<readonly string[]> {
  return readdir('/sys/class/nvme');
}

async function isConnected(subsystemNqn: string, names: readonly string[]): Promise<boolean> {
  const nqns = await Promise.all(
    names.map((name) => readFile(`/sys/class/nvme/${name}/subsysnqn`, 'utf8').catch(() => '')),
  );
  return nqns.some((nqn) => nqn.trim() === subsystemNqn);
}

async function sizeOf(disk: string): Promise<number> {
  return Number(await readFile(`/sys/block/${disk}/size`, 'utf8')) * 512;
}

async function diskOf(uuid: string): Promise<string | undefined> {
  for (const name of await readdir('/sys/block')) {
    if (/^nvme\d+n\d+$/.test(name)) {
      const found = await readFile(`/sys/block/${name}/uuid`, 'utf8').catch(() => '');
      // The kernel shows a disk before it has read how large it is.
      if (found.trim() === uuid && (await sizeOf(name)) > 0) {
        return name;
      }
    }
  }
  return undefined;
}

async function write(disk: string, offset: number, bytes: Buffer): Promise<void> {
  const file = await open(`/dev/${disk}`, 'r+');
  try {
    await file.write(bytes, 0, bytes.length, offset);
    await file.datasync();
  } finally {
    await file.close();
  }
}
