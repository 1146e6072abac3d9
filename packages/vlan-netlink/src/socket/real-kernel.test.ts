import { spawn } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { MessageFlag } from '../codec/message.ts';
import { newLinkRequest } from '../link/create.ts';
import { findLink, listLinks } from '../link/query.ts';
import { binding } from '../native/binding.ts';
import { enterFreshNamespace, type FreshNamespace, whyNoNamespaces } from '../testing/index.ts';
import { openKernelTransport } from './kernel-transport.ts';
import { NetlinkSocket } from './netlink-socket.ts';

const reason = whyNoNamespaces();
const bridges = (count: number, prefix = 'br') =>
  Array.from({ length: count }, (_, number) => newLinkRequest({ kind: 'bridge', name: `${prefix}${number}` }));

describe.skipIf(reason !== undefined)(
  `a netlink socket and the real kernel${reason === undefined ? '' : ` (skipped: ${reason})`}`,
  () => {
    let fresh: FreshNamespace;
    beforeEach(async () => {
      fresh = await enterFreshNamespace();
    });
    afterEach(() => {
      vi.restoreAllMocks();
      fresh.leave();
    });

    it('resynchronise after ENOBUFS: a change whose answer was lost says so, was made once, and queries go on', async () => {
      // Room for a few answers only: the kernel drops the others of a batch.
      using socket = NetlinkSocket.over(openKernelTransport({ receiveQueueBytes: 1 }));
      const outcomes = await socket.requestAll(bridges(60));
      const lost = outcomes.filter(({ error }) => error !== undefined);
      expect(lost.length).toBeGreaterThan(0);
      for (const { error } of lost) expect(error).toMatchObject({ code: 'answer_lost', retryable: true });
      expect((await listLinks(socket)).filter(({ kind }) => kind === 'bridge')).toHaveLength(60);
      expect(await findLink(socket, 'br59')).toBeDefined();
    });

    it('read a dump again that a change interrupted (NLM_F_DUMP_INTR)', async () => {
      using socket = NetlinkSocket.open();
      await socket.requestAll(bridges(40));
      const [send, { receive }] = [vi.spyOn(binding(), 'send'), binding()];
      let marked = 0;
      vi.spyOn(binding(), 'receive').mockImplementation((fd, buffer, address) => {
        const length = receive(fd, buffer, address);
        if (length > 0 && marked++ === 0) buffer[6] = (buffer[6] ?? 0) | MessageFlag.dumpInterrupted;
        return length;
      });
      expect((await listLinks(socket)).filter(({ kind }) => kind === 'bridge')).toHaveLength(40);
      expect(send).toHaveBeenCalledTimes(2);
    });

    it('list what stays, each link once, while another process makes and deletes links all the time', async () => {
      using socket = NetlinkSocket.open();
      await socket.requestAll(bridges(150));
      const busy = spawn('sh', ['-c', 'while :; do ip link add x type bridge; ip link del x; done'], {
        stdio: 'ignore',
        detached: true,
      });
      const ended = new Promise((resolve) => busy.once('close', resolve));
      try {
        for (let round = 0; round < 60; round++) {
          const names = (await listLinks(socket)).map(({ name }) => name);
          expect(new Set(names).size).toBe(names.length);
          expect(names.filter((name) => name.startsWith('br'))).toHaveLength(150);
        }
      } finally {
        process.kill(-(busy.pid ?? 0), 'SIGKILL');
        await ended;
      }
    });

    it('are ready for the next dump when what came of one could not be read', async () => {
      using socket = NetlinkSocket.open();
      await socket.requestAll(bridges(200));
      const dump = { type: 18, flags: MessageFlag.dump, payload: new Uint8Array(16), description: 'list the links' };
      const unreadable = socket.collect(dump, () => {
        throw new Error('unreadable');
      });
      await expect(unreadable).rejects.toThrow('unreadable');
      expect((await listLinks(socket)).filter(({ kind }) => kind === 'bridge')).toHaveLength(200);
    });

    it('leave the event loop its turns between the system calls of a large batch', async () => {
      using socket = NetlinkSocket.open();
      let turns = 0;
      let running = true;
      const tick = (): void => {
        turns++;
        if (running) setImmediate(tick);
      };
      setImmediate(tick);
      const outcomes = await socket.requestAll(bridges(640));
      running = false;
      expect(outcomes.every(({ error }) => error === undefined)).toBe(true);
      expect(turns).toBeGreaterThanOrEqual(9);
    });

    it('are done with each other at a clean close: whoever waits is told, and closing again is fine', async () => {
      const socket = NetlinkSocket.open();
      vi.spyOn(binding(), 'receive').mockReturnValue(-11);
      const waiting = Promise.allSettled([1, 2, 3].map((index) => findLink(socket, index)));
      await new Promise((resolve) => setTimeout(resolve, 20));
      socket.close();
      socket.close();
      const codes = (await waiting).map((one) => (one.status === 'rejected' ? one.reason.code : 'answered'));
      expect(codes).toEqual(['closed', 'closed', 'closed']);
    });
  },
);
