import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Command, LocalCommandRunner } from '../../src/index.ts';
import type { ConformanceAccess, ConformanceClient, ConformanceWriter } from '../../src/testing/index.ts';
import { startWriting } from './qemu-io-writer.ts';

const runner = new LocalCommandRunner();

/** A real NBD client: qemu-io and qemu-img, over TLS with a pre-shared key. */
export class NbdClient implements ConformanceClient {
  readonly #access: ConformanceAccess;

  constructor(access: ConformanceAccess) {
    this.#access = access;
  }

  async sizeBytes(): Promise<number> {
    const { stdout } = await this.#with(({ tls, image }) =>
      runner.run({ program: 'qemu-img', args: ['info', '--output', 'json', ...tls, '--image-opts', image] }),
    );
    const info: unknown = JSON.parse(stdout);
    return typeof info === 'object' && info !== null ? Number(Reflect.get(info, 'virtual-size')) : Number.NaN;
  }

  async write(offset: number, length: number, pattern: number): Promise<void> {
    await this.#io([], [`write -P ${pattern} ${offset} ${length}`, 'flush']);
  }

  /** Resolves when the write is answered. It is never flushed: the client dies at once. */
  async writeUnflushed(offset: number, length: number, pattern: number): Promise<void> {
    await this.#with(async ({ tls, image }) => {
      const child = spawn('qemu-io', [...tls, '-t', 'writeback', '--image-opts', image], {
        stdio: ['pipe', 'pipe', 'inherit'],
      });
      const closed = once(child, 'close');
      child.stdin.write(`write -P ${pattern} ${offset} ${length}\n`);
      let said = '';
      for await (const text of child.stdout.setEncoding('utf8')) {
        said += text;
        if (said.includes(`wrote ${length}/${length} bytes`)) break;
      }
      child.kill('SIGKILL');
      await closed;
      if (!said.includes('wrote')) throw new Error(`qemu-io could not write: ${said}`);
    });
  }

  async discard(offset: number, length: number): Promise<void> {
    await this.#io([], [`discard ${offset} ${length}`, 'flush']);
  }

  async holds(offset: number, length: number, pattern: number): Promise<boolean> {
    const output = await this.#io(['-r'], [`read -P ${pattern} ${offset} ${length}`], [0, 1]);
    if (!output.includes(`read ${length}/${length} bytes`)) {
      throw new Error(`qemu-io could not read: ${output}`);
    }
    return !/verification failed/i.test(output);
  }

  async timeWrites(count: number, length: number): Promise<number> {
    const writes = Array.from({ length: count }, (_, index) => `aio_write -q ${index * length} ${length}`);
    const began = performance.now();
    await this.#io([], [...writes, 'aio_flush']);
    return performance.now() - began;
  }

  async keepWriting(options: { readonly reconnect?: boolean } = {}): Promise<ConformanceWriter> {
    const patience = options.reconnect === true ? ',reconnect-delay=60' : '';
    return this.#with(({ tls, image }) => startWriting([...tls, '--image-opts', image + patience]));
  }

  /** qemu-io's exit status says whether all commands were carried out. */
  async #io(flags: readonly string[], commands: readonly string[], okExitCodes = [0]): Promise<string> {
    const each = commands.flatMap((command) => ['-c', command]);
    const result = await this.#with(({ tls, image }) => {
      const command: Command = { program: 'qemu-io', args: [...tls, ...flags, ...each, '--image-opts', image] };
      return runner.run(command, { okExitCodes });
    });
    return result.stdout + result.stderr;
  }

  /** The key file is needed only until the connection stands. */
  async #with<T>(use: (options: { tls: readonly string[]; image: string }) => Promise<T>): Promise<T> {
    const { listener, exportName, credentials } = this.#access;
    const image = `driver=nbd,host=${listener.address},port=${listener.port},export=${exportName}`;
    if (credentials === undefined) {
      return use({ tls: [], image });
    }
    const { identity, secretHex } = credentials;
    const keys = await mkdtemp(join(tmpdir(), 'iorcl-nbd-client-'));
    try {
      await writeFile(join(keys, 'keys.psk'), `${identity}:${secretHex}\n`, { mode: 0o600 });
      const tls = ['--object', `tls-creds-psk,id=tls,endpoint=client,dir=${keys},username=${identity}`];
      return await use({ tls, image: `${image},tls-creds=tls` });
    } finally {
      await rm(keys, { recursive: true, force: true });
    }
  }
}
