import { DriverError } from '../../contract.ts';
import type { BlockdevNode, PreparedBackend } from '../backend.ts';
import type { DirectShares } from './settings.ts';

/**
 * A file of a share that the daemon talks to by itself.
 * @throws {DriverError} `unsafe_path`, `not_supported`
 */
export function directFile(
  fields: { readonly export: string; readonly name: string; readonly format: 'raw' | 'qcow2' },
  { user, group }: DirectShares,
): PreparedBackend {
  const { export: share, name, format } = fields;
  if (name === '.' || name === '..') {
    throw new DriverError('unsafe_path', `${JSON.stringify(name)} in share ${share} is a directory`);
  }
  if (format !== 'raw') {
    const text = `${name} in share ${share} is ${format}: its header can't be looked at before it is opened without a mount`;
    throw new DriverError('not_supported', `${text}; use raw volumes, or shares that are mounted (client "kernel")`);
  }
  const slash = share.indexOf(':/');
  const host = share.slice(0, slash).replace(/^\[(.*)\]$/, '$1');
  const directory = share.slice(slash + 1).replace(/\/+$/, '');
  return {
    kind: 'nfs',
    identity: `nfs:${share}/${name}`,
    id: name,
    description: `file ${name} in NFS share ${share}`,
    blockdev: {
      driver: 'nfs',
      server: { type: 'inet', host },
      path: `${directory}/${name}`,
      ...(user === undefined ? {} : { user }),
      ...(group === undefined ? {} : { group }),
    } satisfies BlockdevNode,
    secrets: [],
    // The file is addressed over the network: there is no local object that could be swapped.
    verify: async () => {},
  };
}
