import { closeSync, fstatSync, openSync, writeSync } from 'node:fs';
import { binding } from '../native/binding.ts';
import { errnoName } from '../native/errno.ts';
import { checkNamespaceCall, NamespaceError } from './namespace-error.ts';

const CLONE_NEWNET = 0x4000_0000;

/** The calling thread's own; `/proc/self` would be the main thread's. */
export const THREAD_NAMESPACE_PATH = '/proc/thread-self/ns/net';

/** An open network namespace (network_namespaces(7)). It lives at least as long as it is open. */
export class NetworkNamespace {
  readonly path: string;
  #fd: number;

  private constructor(path: string, fd: number) {
    this.path = path;
    this.#fd = fd;
  }

  /**
   * Opens the namespace that a file stands for, such as `/run/netns/blue`.
   *
   * @throws NamespaceError `namespace_not_found`
   */
  static openPath(path: string): NetworkNamespace {
    try {
      return new NetworkNamespace(path, openSync(path, 'r'));
    } catch (cause) {
      throw new NamespaceError('namespace_not_found', `cannot open the network namespace ${path}`, { cause });
    }
  }

  /** Opens the namespace that a process is in. */
  static openPid(pid: number): NetworkNamespace {
    return NetworkNamespace.openPath(`/proc/${pid}/ns/net`);
  }

  /** Opens the namespace that the calling thread is in. */
  static current(): NetworkNamespace {
    return NetworkNamespace.openPath(THREAD_NAMESPACE_PATH);
  }

  /** Makes a namespace without a name; it ends with its last user. */
  static createAnonymous(): NetworkNamespace {
    return returning(() => {
      checkNamespaceCall(binding().unshare(CLONE_NEWNET), 'make a network namespace');
      return NetworkNamespace.current();
    });
  }

  /** For messages of the kernel that take a namespace, such as IFLA_NET_NS_FD. */
  get fd(): number {
    if (this.#fd < 0) throw new NamespaceError('namespace_not_found', `the network namespace ${this.path} is closed`);
    return this.#fd;
  }

  /** Two open namespaces are the same one when their identities are equal. */
  get identity(): string {
    const { dev, ino } = fstatSync(this.fd);
    return `${dev}:${ino}`;
  }

  /**
   * Runs `action` with the calling thread inside this namespace, and always returns to where the thread was.
   * Sockets opened and processes spawned by it belong to this namespace. It must be synchronous.
   *
   * @throws NamespaceError, and whatever `action` throws.
   */
  runInside<T>(action: () => T): T {
    const { fd } = this;
    return returning(() => {
      checkNamespaceCall(binding().setns(fd, CLONE_NEWNET), `enter the network namespace ${this.path}`);
      const result = action();
      if (result instanceof Promise) {
        result.catch(() => undefined);
        throw new NamespaceError('namespace_action_asynchronous', 'an action inside a namespace must be synchronous');
      }
      return result;
    });
  }

  /** Moves the calling thread into this namespace, to stay. */
  enter(): void {
    checkNamespaceCall(binding().setns(this.fd, CLONE_NEWNET), `enter the network namespace ${this.path}`);
  }

  /** Closing twice is fine. */
  close(): void {
    if (this.#fd < 0) return;
    closeSync(this.#fd);
    this.#fd = -1;
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** Runs `action`, then brings the thread back to the namespace that it was in. */
export function returning<T>(action: () => T): T {
  const home = openSync(THREAD_NAMESPACE_PATH, 'r');
  try {
    return action();
  } finally {
    const result = binding().setns(home, CLONE_NEWNET);
    // To go on would mean to open sockets in a tenant's network from here on, unknowingly.
    if (result < 0) {
      writeSync(2, `fatal: cannot return to the network namespace of this thread: ${errnoName(-result)}\n`);
      process.abort();
    }
    closeSync(home);
  }
}
