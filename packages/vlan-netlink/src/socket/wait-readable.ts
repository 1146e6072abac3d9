import { binding } from '../native/binding.ts';
import { NetlinkSocketError } from './netlink-socket-error.ts';

/**
 * Waits on the event loop, without a thread.
 *
 * @returns whether `fd` became readable in time.
 */
export async function waitReadable(fd: number, timeoutMs: number, signal?: AbortSignal): Promise<boolean> {
  signal?.throwIfAborted();
  if (timeoutMs <= 0) return false;
  const { promise, resolve, reject } = Promise.withResolvers<boolean>();
  const watcher = binding().watch(fd, (status) => {
    if (status < 0) reject(new NetlinkSocketError('system_call_failed', 'cannot wait for an answer', -status));
    else resolve(true);
  });
  if (typeof watcher === 'number') {
    throw new NetlinkSocketError('system_call_failed', 'cannot wait for an answer', -watcher);
  }
  const timer = setTimeout(() => resolve(false), timeoutMs);
  const abort = (): void => reject(signal?.reason);
  signal?.addEventListener('abort', abort, { once: true });
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
    binding().unwatch(watcher);
  }
}
