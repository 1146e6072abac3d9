import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NetworkNamespace } from '@iorcl/vlan-netlink';
import { runToEnd } from './program.ts';

export interface NbdTarget {
  readonly address: string;
  readonly port: number;
  readonly exportName: string;
  readonly identity: string;
  readonly secretHex: string;
}

/** What became of an attempt to open an export. */
export interface Attempt {
  readonly outcome: 'opened' | 'refused by TLS' | 'nobody there' | 'failed';
  /** What the client said last. */
  readonly words: string;
}

/** Tries to open an export with qemu-img from within a namespace. */
export async function tryToOpen(target: NbdTarget, from: NetworkNamespace, interfaceName: string): Promise<Attempt> {
  const keys = mkdtempSync(join(tmpdir(), 'iorcl-demo-keys-'));
  try {
    writeFileSync(join(keys, 'keys.psk'), `${target.identity}:${target.secretHex}\n`, { mode: 0o600 });
    const options = [
      'driver=raw',
      'file.driver=nbd',
      'file.server.type=inet',
      `file.server.host=${target.address}%${interfaceName}`,
      `file.server.port=${target.port}`,
      `file.export=${target.exportName}`,
      'file.tls-creds=tls0',
    ];
    const credentials = `tls-creds-psk,id=tls0,dir=${keys},endpoint=client,username=${target.identity}`;
    const { status, error } = await runToEnd(
      'qemu-img',
      ['info', '--object', credentials, '--image-opts', options.join(',')],
      {},
      { inside: (start) => from.runInside(start) },
    );
    const words = error.trim().split('\n').at(-1) ?? '';
    return { outcome: status === 0 ? 'opened' : outcomeOf(words), words };
  } finally {
    rmSync(keys, { recursive: true });
  }
}

function outcomeOf(words: string): Attempt['outcome'] {
  if (/TLS handshake failed/.test(words)) return 'refused by TLS';
  if (/No route to host|Connection timed out/.test(words)) return 'nobody there';
  return 'failed';
}
