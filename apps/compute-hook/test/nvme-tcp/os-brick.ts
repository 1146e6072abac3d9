import { spawn, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const SCRIPT = fileURLToPath(new URL('os-brick.py', import.meta.url));
/** Debian's, which has Debian's os-brick. */
const PYTHON = '/usr/bin/python3';

/** Why os-brick can't be tried here. */
export function whyNoOsBrick(): string | undefined {
  if (spawnSync(PYTHON, ['-c', 'import os_brick']).status !== 0)
    return 'os-brick is not there: apt-get install python3-os-brick';
  return spawnSync('nvme', ['version']).status === 0 ? undefined : 'nvme is not there: apt-get install nvme-cli';
}

/** The real os-brick of a stock nova-compute, a process per call. */
export class OsBrick {
  readonly #data: Readonly<Record<string, unknown>>;
  readonly #multipath: boolean;
  /** As Nova keeps it beside connection_info. */
  #device: string | undefined;

  /** @param connectionInfo flat, as the hook answered it */
  constructor(connectionInfo: Readonly<Record<string, unknown>>, { multipath = false } = {}) {
    const { driver_volume_type: _, ...data } = connectionInfo;
    this.#data = data;
    this.#multipath = multipath;
  }

  /** Answers the block device. */
  async connect(): Promise<string> {
    const device = String(await this.#run('connect'));
    this.#device = device;
    return device;
  }

  async extend(): Promise<number> {
    return Number(await this.#run('extend'));
  }

  async disconnect(): Promise<void> {
    await this.#run('disconnect');
  }

  async #run(verb: 'connect' | 'extend' | 'disconnect'): Promise<unknown> {
    const child = spawn(PYTHON, [SCRIPT, verb, this.#multipath ? 'yes' : 'no'], { stdio: 'pipe' });
    const said = { stdout: '', stderr: '' };
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream].setEncoding('utf8').on('data', (text: string) => {
        said[stream] += text;
      });
    }
    const data = this.#device === undefined ? this.#data : { ...this.#data, device_path: this.#device };
    child.stdin.end(JSON.stringify(data));
    const status = await new Promise((resolve) => child.once('close', resolve));
    if (status !== 0) throw new Error(`os-brick ${verb} failed: ${said.stderr.slice(-3_000)}`);
    return JSON.parse(said.stdout);
  }
}
