import { createHmac } from 'node:crypto';

/** What a known_hosts file says about one key of one host. */
export type KnownHostVerdict = 'known' | 'unknown' | 'changed' | 'revoked';

export interface KnownHostKeys {
  /** Key types on record for the host, such as `ssh-ed25519`. */
  readonly types: readonly string[];
  verdict(key: Uint8Array): KnownHostVerdict;
}

interface Line {
  readonly marker: string | undefined;
  readonly hosts: string;
  readonly type: string;
  readonly key: string;
}

/**
 * Looks a host up in the text of a known_hosts file: sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT". Lines that are ill-formed or
 * name a certificate authority are passed over: they make no host known.
 */
export function knownHostKeys(text: string, host: string, port: number): KnownHostKeys {
  // ssh(1) writes the port only where it isn't the standard one.
  const name = (port === 22 ? host : `[${host}]:${port}`).toLowerCase();
  const lines = text.split('\n').flatMap(parseLine);
  const ofHost = lines.filter(({ hosts }) => namesHost(hosts, name));
  const revoked = ofHost.filter(({ marker }) => marker === '@revoked');
  const known = ofHost.filter(({ marker }) => marker === undefined);
  return {
    types: [...new Set(known.map(({ type }) => type))],
    verdict: (key) => {
      const text64 = Buffer.from(key).toString('base64');
      if (revoked.some((line) => line.key === text64)) {
        return 'revoked';
      }
      if (known.some((line) => line.key === text64)) {
        return 'known';
      }
      return known.length > 0 ? 'changed' : 'unknown';
    },
  };
}

function parseLine(text: string): readonly Line[] {
  const words = text.trim().split(/[ \t]+/);
  const marker = words[0]?.startsWith('@') === true ? words.shift() : undefined;
  const [hosts, type, key] = words;
  if (hosts === undefined || hosts.startsWith('#') || type === undefined || key === undefined) {
    return [];
  }
  return [{ marker, hosts, type, key }];
}

function namesHost(hosts: string, name: string): boolean {
  if (hosts.startsWith('|')) {
    return hashedIs(hosts, name);
  }
  const patterns = hosts.toLowerCase().split(',');
  const excluded = patterns.filter((pattern) => pattern.startsWith('!')).map((pattern) => pattern.slice(1));
  if (excluded.some((pattern) => matches(pattern, name))) {
    return false;
  }
  return patterns.some((pattern) => !pattern.startsWith('!') && matches(pattern, name));
}

/** `|1|salt|hash`, with HMAC-SHA1. */
function hashedIs(hosts: string, name: string): boolean {
  const [, version, salt, hash] = hosts.split('|');
  if (version !== '1' || salt === undefined || hash === undefined) {
    return false;
  }
  return createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest('base64') === hash;
}

function matches(pattern: string, name: string): boolean {
  const expression = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${expression}$`).test(name);
}
