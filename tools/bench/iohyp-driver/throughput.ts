import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { loopbackListener } from '@iorcl/iohyp-driver/testing';
import { emptyFile, INSTANCE, median, SECRET_HEX, ServedVolume } from './served-volume.ts';

const NEWER = join(homedir(), '.cache/iorcl/newer-qemu/usr/bin/qemu-storage-daemon');

/** Somewhere that nbdcopy can write to. */
interface Way {
  readonly destination: string;
  end(): Promise<unknown>;
  residentBytes?(): Promise<number | undefined>;
}

interface Seen {
  readonly single: number[];
  readonly small: number[];
  readonly large: number[];
}

/** Requests per second of each way, in turns, as a table; and the memory of the daemons. */
export async function measureThroughput(directory: string, rounds: number): Promise<string> {
  mkdirSync(directory);
  const keys = join(directory, 'keys');
  mkdirSync(keys);
  writeFileSync(join(keys, 'keys.psk'), `client:${SECRET_HEX}\n`);
  const sources = { few: join(directory, 'few'), some: join(directory, 'some'), many: join(directory, 'many') };
  writeFileSync(sources.few, randomBytes(2 * 2 ** 20));
  writeFileSync(sources.some, randomBytes(16 * 2 ** 20));
  writeFileSync(sources.many, randomBytes(128 * 2 ** 20));

  const polled = { confinement: { cores: [0] } };
  const ways: Record<string, Way> = {
    'bare file': { destination: emptyFile(join(directory, 'bare')), end: async () => {} },
    'qemu-nbd, no TLS': await qemuNbd(join(directory, 'plain')),
    'qemu-nbd, TLS': await qemuNbd(join(directory, 'tls'), keys),
    'qsd without the driver, no TLS': await bareDaemon(join(directory, 'bare-qsd')),
    'driver `qsd`, TLS': await served(join(directory, 'qsd'), keys),
    ...(existsSync(NEWER)
      ? {
          'driver `qsd` on QEMU 10, TLS, a thread per volume': await served(join(directory, 'thread'), keys, {
            program: NEWER,
          }),
          'the same, bound to a side core and polling': await served(join(directory, 'core'), keys, {
            program: NEWER,
            ...polled,
          }),
        }
      : {}),
  };
  const seen = new Map<string, Seen>(Object.keys(ways).map((way) => [way, { single: [], small: [], large: [] }]));
  const memory: string[] = [];
  try {
    for (let round = 0; round < rounds; round += 1) {
      for (const [way, { destination }] of Object.entries(ways)) {
        seen.get(way)?.single.push(copy({ requestBytes: 4096, depth: 1 }, sources.few, destination));
        seen.get(way)?.small.push(copy({ requestBytes: 4096, depth: 16 }, sources.some, destination));
        seen.get(way)?.large.push(copy({ requestBytes: 131_072, depth: 16 }, sources.many, destination) / 8);
      }
    }
    for (const [way, { residentBytes }] of Object.entries(ways)) {
      const bytes = await residentBytes?.();
      if (bytes !== undefined) memory.push(`${way}: ${(bytes / 2 ** 20).toFixed(0)} MiB`);
    }
  } finally {
    for (const { end } of Object.values(ways)) await end();
  }
  const head = '| writes | 4k, one at a time | 4k, 16 at a time | of the file | 128k MiB/s | of the file |';
  const base = seen.get('bare file');
  const lines = [...seen].map(([way, { single, small, large }]) => {
    const part = (values: readonly number[], all: readonly number[] = []): string =>
      (median(values) / median(all)).toFixed(2);
    const figures = [median(single).toFixed(0), median(small).toFixed(0), part(small, base?.small)];
    return `| ${[way, ...figures, median(large).toFixed(0), part(large, base?.large)].join(' | ')} |`;
  });
  return `${head}\n| --- | --: | --: | --: | --: | --: |\n${lines.join('\n')}\n\nMemory of an instance's daemon afterwards: ${memory.join('; ')}.`;
}

/** Requests per second that nbdcopy gets when it writes a file of random bytes over one connection. */
function copy(
  how: { readonly requestBytes: number; readonly depth: number },
  source: string,
  destination: string,
): number {
  const began = performance.now();
  const request = ['--connections=1', `--requests=${how.depth}`, `--request-size=${how.requestBytes}`];
  execFileSync('nbdcopy', [...request, source, destination], { stdio: ['ignore', 'ignore', 'inherit'] });
  return statSync(source).size / how.requestBytes / ((performance.now() - began) / 1000);
}

async function served(directory: string, keys: string, options = {}): Promise<Way> {
  const volume = await ServedVolume.create(directory, options);
  await volume.open();
  await volume.export();
  await volume.grant();
  return {
    destination: `nbds://client@127.0.0.1:${volume.listener.port}/disk?tls-psk-file=${join(keys, 'keys.psk')}`,
    end: () => volume.end(),
    residentBytes: async () => (await volume.driver.stats(INSTANCE))?.residentBytes,
  };
}

async function qemuNbd(file: string, keys?: string): Promise<Way> {
  emptyFile(file);
  const { port } = await loopbackListener();
  const tls =
    keys === undefined ? [] : ['--object', `tls-creds-psk,id=tls,endpoint=server,dir=${keys}`, '--tls-creds', 'tls'];
  const args = [...tls, '-t', '-f', 'raw', '--cache=writeback', '-b', '127.0.0.1', '-p', `${port}`, file];
  const server = await started(spawn('qemu-nbd', args, { stdio: 'inherit' }), port);
  const secured = `nbds://client@127.0.0.1:${port}/?tls-psk-file=${join(keys ?? '', 'keys.psk')}`;
  return { destination: keys === undefined ? `nbd://127.0.0.1:${port}/` : secured, end: () => ended(server) };
}

/** The nodes that the driver makes, with nothing around them. */
async function bareDaemon(file: string): Promise<Way> {
  emptyFile(file);
  const { port } = await loopbackListener();
  const args = [
    ...['--blockdev', `file,node-name=file,filename=${file},aio=threads,discard=unmap`],
    ...['--blockdev', 'raw,node-name=disk,file=file,discard=unmap'],
    ...['--nbd-server', `addr.type=inet,addr.host=127.0.0.1,addr.port=${port}`],
    ...['--export', 'nbd,id=e,node-name=disk,name=disk,writable=on'],
  ];
  const server = await started(spawn('qemu-storage-daemon', args, { stdio: 'inherit' }), port);
  return { destination: `nbd://127.0.0.1:${port}/disk`, end: () => ended(server) };
}

async function started(server: ChildProcess, port: number): Promise<ChildProcess> {
  for (let open = false; !open; ) {
    open = await new Promise<boolean>((resolve) => {
      const socket = connect({ host: '127.0.0.1', port }, () => resolve(true));
      socket.once('error', () => resolve(false)).once('connect', () => socket.destroy());
    });
    await delay(open ? 0 : 20);
  }
  return server;
}

async function ended(server: ChildProcess): Promise<void> {
  const end = once(server, 'exit');
  server.kill('SIGKILL');
  await end;
}
