import { afterEach, describe, expect, it, vi } from 'vitest';
import { MessageFlag } from '../codec/message.ts';
import { changeLink } from '../link/change.ts';
import { findLink, listLinks } from '../link/query.ts';
import { binding } from '../native/binding.ts';
import { isKernelError } from './kernel-error.ts';
import { NetlinkSocket } from './netlink-socket.ts';
import { NetlinkSocketError } from './netlink-socket-error.ts';

const [EINTR, EAGAIN, ENOBUFS] = [-4, -11, -105];

afterEach(() => void vi.restoreAllMocks());

async function failure(action: Promise<unknown>): Promise<unknown> {
  return await action.then(
    () => undefined,
    (error: unknown) => error,
  );
}

/** The kernel's answers to the first calls are these; then the real ones come. */
function receiveFirst(...results: readonly number[]): void {
  const { receive } = binding();
  const left = [...results];
  vi.spyOn(binding(), 'receive').mockImplementation((...given) => left.shift() ?? receive(...given));
}

describe('a netlink socket', () => {
  it('reads the links of its namespace', async () => {
    using socket = NetlinkSocket.open();
    expect((await listLinks(socket)).map(({ name }) => name)).toContain('lo');
    expect(await findLink(socket, 'lo')).toMatchObject({ index: 1, name: 'lo' });
  });

  it('answers concurrent requests in turn, each with its own answer', async () => {
    using socket = NetlinkSocket.open();
    const found = await Promise.all(['lo', 1, 'lo', 'nonexistent', 1].map((which) => findLink(socket, which)));
    expect(found.map((link) => link?.name)).toEqual(['lo', 'lo', 'lo', undefined, 'lo']);
  });

  it('says in a typed error what was asked, and what the kernel says', async () => {
    using socket = NetlinkSocket.open();
    const error = await failure(changeLink(socket, 2_000_000_000, { up: true }));
    expect(isKernelError(error, 'ENODEV')).toBe(true);
    expect(String(error)).toContain('cannot change the link with index 2000000000 (up): ENODEV');
    const strict = socket.request({
      type: 18,
      flags: MessageFlag.dump,
      payload: Uint8Array.from({ length: 16 }, (_, position) => (position === 4 ? 1 : 0)),
      description: 'list the links with an index, which strict checking refuses',
    });
    expect(String(await failure(strict))).toMatch(/EINVAL.*the kernel says: /);
  });

  it('goes on after an interrupted system call', async () => {
    receiveFirst(EINTR, EINTR);
    using socket = NetlinkSocket.open();
    expect(await findLink(socket, 'lo')).toBeDefined();
  });

  it('waits on the event loop when the answer is not there yet', async () => {
    receiveFirst(EAGAIN);
    using socket = NetlinkSocket.open();
    expect(await findLink(socket, 'lo')).toBeDefined();
  });

  it('reads again when answers to a query were lost', async () => {
    receiveFirst(ENOBUFS);
    using socket = NetlinkSocket.open();
    expect((await listLinks(socket)).map(({ name }) => name)).toContain('lo');
  });

  it('reads again with a larger buffer when an answer was longer than the buffer', async () => {
    const { receive } = binding();
    let first = true;
    vi.spyOn(binding(), 'receive').mockImplementation((fd, buffer, address) => {
      const length = receive(fd, buffer, address);
      const told = first && length > 0 ? 100_000 : length;
      first = false;
      return told;
    });
    using socket = NetlinkSocket.open();
    expect(await findLink(socket, 'lo')).toBeDefined();
  });

  it('does not do a change twice when the answer to it was lost, but says so', async () => {
    using socket = NetlinkSocket.open();
    receiveFirst(ENOBUFS, EAGAIN);
    const error = await failure(changeLink(socket, 2_000_000_000, { up: true }));
    expect(error).toBeInstanceOf(NetlinkSocketError);
    expect(error).toMatchObject({ code: 'answer_lost', retryable: true });
    expect(await findLink(socket, 'lo')).toBeDefined();
  });

  it('gives up on a dump that is interrupted every time', async () => {
    const { receive } = binding();
    vi.spyOn(binding(), 'receive').mockImplementation((fd, buffer, address) => {
      const length = receive(fd, buffer, address);
      if (length > 0) buffer[6] = (buffer[6] ?? 0) | MessageFlag.dumpInterrupted;
      return length;
    });
    using socket = NetlinkSocket.open();
    expect(await failure(listLinks(socket))).toMatchObject({ code: 'dump_interrupted', retryable: true });
  });

  it('ends a request at its time limit, at its abort, and at the close of the socket', async () => {
    vi.spyOn(binding(), 'receive').mockReturnValue(EAGAIN);
    vi.spyOn(binding(), 'send').mockReturnValue(32);
    using socket = NetlinkSocket.open();
    const request = { type: 18, payload: new Uint8Array(16), description: 'wait' };
    expect(await failure(socket.request(request, { timeoutMs: 20 }))).toMatchObject({ code: 'timeout' });
    expect(await failure(socket.request(request, { signal: AbortSignal.timeout(20) }))).toMatchObject({
      name: 'TimeoutError',
    });
    const pending = failure(socket.request(request));
    setTimeout(() => socket.close(), 20);
    expect(await pending).toMatchObject({ code: 'closed' });
    expect(await failure(socket.request(request))).toMatchObject({ code: 'closed' });
  });
});
