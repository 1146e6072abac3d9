import { closeSync, mkdirSync, openSync, readdirSync, statfsSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { binding } from '../native/binding.ts';
import { Errno } from '../native/errno.ts';
import { checkNamespaceCall, NamespaceError } from './namespace-error.ts';
import { NetworkNamespace, returning, THREAD_NAMESPACE_PATH } from './network-namespace.ts';

const CLONE_NEWNET = 0x4000_0000;
const MS_BIND = 0x1000;
const MS_REC = 0x4000;
const MS_SHARED = 0x10_0000;
const MNT_DETACH = 2;
/** Type of the file system that namespaces are files of (`<linux/magic.h>`). */
const NSFS_MAGIC = 0x6e73_6673;

/**
 * Network namespaces with names, as `ip netns` (iproute2) makes them: a file per namespace in a directory, with the
 * namespace bind-mounted on it. `ip netns` sees ours, and we see its.
 */
export class NamedNamespaces {
  readonly directory: string;

  /** @param directory default `/run/netns`, as `ip netns` has it. */
  constructor(directory: string = '/run/netns') {
    this.directory = directory;
  }

  path(name: string): string {
    if (!/^[^/\0]{1,255}$/.test(name) || name === '.' || name === '..') {
      throw new NamespaceError('namespace_name_invalid', `"${name}" cannot be the name of a network namespace`);
    }
    return join(this.directory, name);
  }

  /** @throws NamespaceError `namespace_exists`, … */
  create(name: string): void {
    if (!this.ensure(name).changed) {
      throw new NamespaceError('namespace_exists', `the network namespace ${this.path(name)} exists already`);
    }
  }

  /** Makes the namespace when it is missing or half made. */
  ensure(name: string): { readonly changed: boolean } {
    const path = this.path(name);
    if (this.has(name)) return { changed: false };
    this.#shareDirectory();
    closeSync(openSync(path, 'a', 0o444));
    returning(() => {
      checkNamespaceCall(binding().unshare(CLONE_NEWNET), `make the network namespace ${path}`);
      checkNamespaceCall(
        binding().mount(THREAD_NAMESPACE_PATH, path, 'none', MS_BIND),
        `mount the network namespace on ${path}`,
      );
    });
    return { changed: true };
  }

  /** Whether a namespace of this name is whole: its file is there, and a namespace is mounted on it. */
  has(name: string): boolean {
    try {
      return statfsSync(this.path(name)).type === NSFS_MAGIC;
    } catch (error) {
      if (isMissing(error)) return false;
      throw error;
    }
  }

  /** @throws NamespaceError `namespace_not_found` */
  open(name: string): NetworkNamespace {
    if (!this.has(name)) {
      throw new NamespaceError('namespace_not_found', `there is no network namespace ${this.path(name)}`);
    }
    return NetworkNamespace.openPath(this.path(name));
  }

  /** Names, sorted; half-made ones (a file without a mount) are among them. */
  list(): string[] {
    try {
      return readdirSync(this.directory).sort();
    } catch (error) {
      if (isMissing(error)) return [];
      throw error;
    }
  }

  /** Removes the name. The namespace itself goes with its last process, socket or open file. */
  delete(name: string): { readonly changed: boolean } {
    const path = this.path(name);
    // A crash between two mounts may have left more than one.
    for (let mounts = 0; this.has(name) && mounts < 100; mounts++) {
      checkNamespaceCall(binding().unmount(path, MNT_DETACH), `unmount the network namespace ${path}`);
    }
    try {
      unlinkSync(path);
      return { changed: true };
    } catch (error) {
      if (isMissing(error)) return { changed: false };
      throw new NamespaceError('namespace_call_failed', `cannot remove ${path}`, { cause: error });
    }
  }

  /** As `ip netns` does: mounts made here later must also go away in other mount namespaces when we unmount them. */
  #shareDirectory(): void {
    const { directory } = this;
    mkdirSync(directory, { recursive: true, mode: 0o755 });
    const share = (): number => binding().mount('', directory, 'none', MS_SHARED | MS_REC);
    let result = share();
    if (result === -Errno.EINVAL) {
      const bound = binding().mount(directory, directory, 'none', MS_BIND | MS_REC);
      checkNamespaceCall(bound, `mount ${directory} on itself`);
      result = share();
    }
    checkNamespaceCall(result, `make ${directory} a shared mount`);
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
