import { afterEach, describe, expect, it, vi } from 'vitest';
import { MessageFlag } from '../codec/message.ts';
import { createLink, newLinkRequest } from '../link/create.ts';
import { listLinks } from '../link/query.ts';
import { binding } from '../native/binding.ts';
import { enterFreshNamespace, whyNoNamespaces } from '../testing/index.ts';
import { NetlinkSocket } from './netlink-socket.ts';

const reason = whyNoNamespaces();
const [EAGAIN, ENOBUFS] = [-11, -105];

afterEach(() => void vi.restoreAllMocks());

const bridges = (count: number) =>
  Array.from({ length: count }, (_, number) => newLinkRequest({ kind: 'bridge', name: `br${number}` }));

describe.skipIf(reason !== undefined)(`many requests${reason === undefined ? '' : ` (skipped: ${reason})`}`, () => {
  async function inFresh(test: (socket: NetlinkSocket) => Promise<void>): Promise<void> {
    const fresh = await enterFreshNamespace();
    using socket = NetlinkSocket.open();
    try {
      await test(socket);
    } finally {
      fresh.leave();
    }
  }

  it('go to the kernel in few system calls, and each has its outcome, in order', () =>
    inFresh(async (socket) => {
      await createLink(socket, { kind: 'bridge', name: 'br70' });
      const send = vi.spyOn(binding(), 'send');
      const outcomes = await socket.requestAll(bridges(150));
      expect(send).toHaveBeenCalledTimes(3);
      expect(outcomes).toHaveLength(150);
      const refused = outcomes.flatMap(({ error }, number) => (error === undefined ? [] : [{ number, error }]));
      expect(refused).toMatchObject([
        { number: 70, error: { code: 'EEXIST', request: 'create the bridge link br70' } },
      ]);
      expect((await listLinks(socket)).filter(({ kind }) => kind === 'bridge')).toHaveLength(150);
    }));

  it('are not done twice when answers are lost; each says whether it was answered', () =>
    inFresh(async (socket) => {
      const { receive } = binding();
      const spy = vi.spyOn(binding(), 'receive');
      let lost = 0;
      spy.mockImplementation((fd, buffer, address) => {
        const length = receive(fd, buffer, address);
        return length > 0 && lost++ === 3 ? ENOBUFS : length;
      });
      const outcomes = await socket.requestAll(bridges(10));
      const failed = outcomes.flatMap(({ error }, number) => (error === undefined ? [] : [{ number, error }]));
      expect(failed).toMatchObject([{ number: 3, error: { code: 'answer_lost', retryable: true } }]);
      expect((await listLinks(socket)).filter(({ kind }) => kind === 'bridge')).toHaveLength(10);
    }));

  it('that were not sent say so, after an abort or the time limit', () =>
    inFresh(async (socket) => {
      const abort = new AbortController();
      const all = socket.requestAll(bridges(100), { signal: abort.signal });
      setImmediate(() => abort.abort(new Error('enough')));
      const outcomes = await all;
      expect(outcomes.slice(0, 64).every(({ error }) => error === undefined)).toBe(true);
      expect(outcomes.slice(64).every(({ error }) => error?.message === 'enough')).toBe(true);
      vi.spyOn(binding(), 'receive').mockReturnValue(EAGAIN);
      const late = await socket.requestAll(bridges(1), { timeoutMs: 20 });
      expect(late).toMatchObject([{ error: { code: 'timeout' } }]);
    }));

  it('may not be dumps', async () => {
    using socket = NetlinkSocket.open();
    const dump = { type: 18, flags: MessageFlag.dump, payload: new Uint8Array(16), description: 'list the links' };
    await expect(socket.requestAll([dump])).rejects.toThrow(RangeError);
    expect(await socket.requestAll([])).toEqual([]);
  });
});
