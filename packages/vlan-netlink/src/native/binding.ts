import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** An open watcher; only good for {@link Binding.unwatch}, once. */
interface Watcher {
  readonly watcher: unique symbol;
}

/** System calls of `native/binding.c`. Numbers answered are >= 0, or a negative errno. */
export interface Binding {
  socket(domain: number, type: number, protocol: number): number;
  bind(fd: number, address: Uint8Array): number;
  connect(fd: number, address: Uint8Array): number;
  /** Sends to the socket's default peer; never waits. Answers how many bytes were taken. */
  send(fd: number, datagram: Uint8Array): number;
  /** Answers the datagram's true length, which may exceed the buffer's; never waits (EAGAIN). */
  receive(fd: number, buffer: Uint8Array, address: Uint8Array): number;
  setSocketOption(fd: number, level: number, name: number, value: Uint8Array): number;
  socketName(fd: number, address: Uint8Array): number;
  listen(fd: number, backlog: number): number;
  close(fd: number): number;
  setns(fd: number, type: number): number;
  unshare(flags: number): number;
  mount(source: string | null, target: string, type: string | null, flags: number): number;
  unmount(target: string, flags: number): number;
  /** Calls back from the event loop whenever `fd` is readable (`status` 0) or broken (negative errno). */
  watch(fd: number, callback: (status: number) => void): Watcher | number;
  unwatch(watcher: Watcher): number;
}

/** The native part of this package is missing, damaged, or made for another machine. */
export class NativeBindingError extends Error {
  override readonly name = 'NativeBindingError';
  readonly code = 'native_binding_missing';
  readonly retryable = false;
  readonly path: string;

  constructor(path: string, reason: string, cause?: unknown) {
    super(`cannot load ${path}: ${reason}; build it with "npm run native" in the package @iorcl/vlan-netlink`, {
      cause,
    });
    this.path = path;
  }
}

const functions: readonly (keyof Binding)[] = [
  'socket',
  'bind',
  'connect',
  'send',
  'receive',
  'setSocketOption',
  'socketName',
  'listen',
  'close',
  'setns',
  'unshare',
  'mount',
  'unmount',
  'watch',
  'unwatch',
];

function isBinding(value: object): value is Binding {
  return functions.every((name) => typeof Reflect.get(value, name) === 'function');
}

/**
 * Loads `prebuilds/linux-<arch>.node`.
 *
 * @throws NativeBindingError naming the path and the command that builds it.
 */
export function loadBinding(directory: URL = new URL('../../prebuilds/', import.meta.url)): Binding {
  const path = fileURLToPath(new URL(`${process.platform}-${process.arch}.node`, directory));
  if (!existsSync(path)) throw new NativeBindingError(path, 'there is no such file');
  const loaded: { exports: object } = { exports: {} };
  try {
    process.dlopen(loaded, path);
  } catch (cause) {
    throw new NativeBindingError(path, cause instanceof Error ? cause.message : String(cause), cause);
  }
  if (!isBinding(loaded.exports)) throw new NativeBindingError(path, 'it was built from other sources');
  return loaded.exports;
}

let loaded: Binding | undefined;

/** The binding of this thread, loaded at first use, so that importing the package never fails. */
export function binding(): Binding {
  loaded ??= loadBinding();
  return loaded;
}
