import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { ServerHostKeyAlgorithm } from 'ssh2';
import { CommandError } from '../command-error.ts';
import { knownHostKeys } from './known-hosts.ts';
import type { SshOptions } from './ssh-options.ts';

/** Decides about the key that a host shows, for one connection. */
export interface HostKeyCheck {
  /** Key algorithms to ask the host for, best first; undefined: whichever it likes. */
  readonly algorithms: ServerHostKeyAlgorithm[] | undefined;
  /** Why the key is refused; undefined when it is the right one. */
  refusal(key: Uint8Array): string | undefined;
}

/** @throws {CommandError} `host_key_refused` when nothing is known by which the host could be recognised */
export async function hostKeyCheck(options: SshOptions): Promise<HostKeyCheck> {
  const { host, hostKey } = options;
  return 'sha256' in hostKey ? pinned(host, hostKey.sha256) : known(options, hostKey.knownHostsFile);
}

function pinned(host: string, fingerprints: readonly string[]): HostKeyCheck {
  return {
    algorithms: undefined,
    refusal: (key) => {
      const shown = fingerprint(key);
      return fingerprints.includes(shown)
        ? undefined
        : `${host} shows key ${shown}, expected ${fingerprints.join(' or ')}`;
    },
  };
}

async function known(options: SshOptions, file: string): Promise<HostKeyCheck> {
  const { host, port = 22 } = options;
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new CommandError('host_key_refused', `no key of ${host} is known: ${file} can't be read: ${why}`, { cause });
  });
  const keys = knownHostKeys(text, host, port);
  const algorithms = keys.types.flatMap((type) => ALGORITHMS[type] ?? []);
  return {
    // Else the host would show its newest kind of key, and one known by an older kind would look like another machine.
    algorithms: algorithms.length === 0 ? undefined : algorithms,
    refusal: (key) => {
      const shown = `${host} port ${port} shows key ${fingerprint(key)}`;
      switch (keys.verdict(key)) {
        case 'known':
          return undefined;
        case 'unknown':
          return `${shown}, and ${file} has none for it; compare it with the machine's own and add it there`;
        case 'changed':
          return `${shown}, which is not the one in ${file}: this may be another machine`;
        case 'revoked':
          return `${shown}, which ${file} calls revoked`;
      }
    },
  };
}

/** How keys of each type sign, best first. An RSA key knows several ways; the oldest, with SHA-1, is not wanted. */
const ALGORITHMS: Readonly<Record<string, readonly ServerHostKeyAlgorithm[]>> = {
  'ssh-ed25519': ['ssh-ed25519'],
  'ecdsa-sha2-nistp256': ['ecdsa-sha2-nistp256'],
  'ecdsa-sha2-nistp384': ['ecdsa-sha2-nistp384'],
  'ecdsa-sha2-nistp521': ['ecdsa-sha2-nistp521'],
  'ssh-rsa': ['rsa-sha2-512', 'rsa-sha2-256'],
};

function fingerprint(key: Uint8Array): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
}
