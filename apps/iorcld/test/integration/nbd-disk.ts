import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExportAccess } from '@iorcl/api';
import type { TenantNetwork, TenantNetworkPlugs } from '@iorcl/vlan-netlink';
import { nbd } from '../nbd-access.ts';

/** An export, opened by qemu-io from inside a tenant's network, as a compute host would. One command at a time. */
export class NbdDisk {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #keys: string;
  readonly #ended: Promise<unknown>;
  #output = '';

  private constructor(child: ChildProcessWithoutNullStreams, keys: string) {
    this.#child = child;
    this.#keys = keys;
    this.#ended = new Promise((resolve) => child.once('close', resolve));
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.#output += text;
      });
    }
  }

  /** Throws with qemu-io's words where the export can't be opened. */
  static async open(
    exported: ExportAccess,
    plugs: TenantNetworkPlugs,
    network: TenantNetwork,
    interfaceName: string,
  ): Promise<NbdDisk> {
    const keys = mkdtempSync(join(tmpdir(), 'iorcld-keys-'));
    const access = nbd({ access: exported });
    const { identity, secretHex } = access.tls;
    writeFileSync(join(keys, 'keys.psk'), `${identity}:${secretHex}\n`, { mode: 0o600 });
    const image = [
      ...[
        'driver=raw',
        'file.driver=nbd',
        'file.server.type=inet',
        `file.server.host=${access.address}%${interfaceName}`,
      ],
      ...[`file.server.port=${access.port}`, `file.export=${access.exportName}`, 'file.tls-creds=tls0'],
    ].join(',');
    const credentials = `tls-creds-psk,id=tls0,dir=${keys},endpoint=client,username=${identity}`;
    const child = plugs.runInside(network, () =>
      spawn('qemu-io', ['--object', credentials, '--image-opts', image], { stdio: 'pipe' }),
    );
    const disk = new NbdDisk(child, keys);
    await disk.#prompt().catch(async (cause: unknown) => {
      await disk.close();
      throw cause;
    });
    return disk;
  }

  /** Runs a command of qemu-io(1) such as `write -P 0xab 0 4096`, and throws with its words where it fails. */
  async run(command: string): Promise<void> {
    this.#output = '';
    this.#child.stdin.write(`${command}\n`);
    await this.#prompt();
    if (/failed|error|can't/i.test(this.#output)) throw new Error(`${command}: ${this.#output}`);
  }

  async close(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
    rmSync(this.#keys, { recursive: true, force: true });
  }

  async #prompt(): Promise<void> {
    const deadline = Date.now() + 60_000;
    while (!this.#output.endsWith('qemu-io> ')) {
      if (this.#child.exitCode !== null) throw new Error(`qemu-io ended: ${this.#output.trim()}`);
      if (Date.now() > deadline) throw new Error(`qemu-io did not answer within 60 s: ${this.#output.trim()}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}
