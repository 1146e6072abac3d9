import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, readlinkSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listLinks } from '../link/query.ts';
import { NetlinkSocket } from '../socket/netlink-socket.ts';
import { enterFreshNamespace, type FreshNamespace, whyNoNamespaces } from '../testing/index.ts';
import { NamedNamespaces } from './named-namespaces.ts';
import { NamespaceError } from './namespace-error.ts';
import { NetworkNamespace } from './network-namespace.ts';

const reason = whyNoNamespaces();
const noIp = spawnSync('ip', ['-V']).status !== 0;

const here = (): string => readlinkSync('/proc/thread-self/ns/net');

describe.skipIf(reason !== undefined)(
  `network namespaces${reason === undefined ? '' : ` (skipped: ${reason})`}`,
  () => {
    let fresh: FreshNamespace;
    let named: NamedNamespaces;
    beforeEach(async () => {
      fresh = await enterFreshNamespace();
      named = new NamedNamespaces(fresh.namespaceDirectory);
    });
    afterEach(() => fresh.leave());

    it('are made, listed, opened and deleted by name', () => {
      named.create('blue');
      named.create('red');
      expect(named.list()).toEqual(['blue', 'red']);
      expect(() => named.create('blue')).toThrow(/exists already/);
      using blue = named.open('blue');
      using red = named.open('red');
      expect(blue.identity).not.toBe(red.identity);
      expect(blue.identity).not.toBe(fresh.namespace.identity);
      expect(named.delete('blue')).toEqual({ changed: true });
      expect(named.delete('blue')).toEqual({ changed: false });
      expect(() => named.open('blue')).toThrow(NamespaceError);
      expect(readdirSync(fresh.namespaceDirectory)).toEqual(['red']);
    });

    it('are repaired when only their file was made', () => {
      mkdirSync(fresh.namespaceDirectory, { recursive: true });
      writeFileSync(named.path('blue'), '');
      expect(named.has('blue')).toBe(false);
      expect(named.ensure('blue')).toEqual({ changed: true });
      expect(named.ensure('blue')).toEqual({ changed: false });
      writeFileSync(named.path('red'), '');
      expect(named.delete('red')).toEqual({ changed: true });
    });

    it.each(['', '.', '..', 'a/b', 'x'.repeat(256)])('refuse the name "%s"', (name) => {
      expect(() => named.ensure(name)).toThrow(/cannot be the name/);
    });

    it('run an action inside, and always come back: after an answer, an error, and one inside the other', () => {
      named.create('blue');
      named.create('red');
      const home = here();
      using blue = named.open('blue');
      using red = named.open('red');
      const [inner, outer] = blue.runInside(() => [red.runInside(here), here()]);
      expect(new Set([home, inner, outer]).size).toBe(3);
      expect(here()).toBe(home);
      expect(() =>
        blue.runInside(() => {
          throw new Error('oops');
        }),
      ).toThrow('oops');
      expect(here()).toBe(home);
    });

    it('refuse an asynchronous action, whose rest would run outside', () => {
      named.create('blue');
      using blue = named.open('blue');
      expect(() => blue.runInside(async () => here())).toThrow(/must be synchronous/);
    });

    it('hold the children that are spawned inside, and are opened by process id', () => {
      named.create('blue');
      using blue = named.open('blue');
      const inside = blue.runInside(here);
      const child = blue.runInside(() => spawnSync('readlink', ['/proc/self/ns/net'], { encoding: 'utf8' }));
      expect(child.stdout.trim()).toBe(inside);
      using own = NetworkNamespace.openPid(process.pid);
      expect(own.identity).toMatch(/^\d+:\d+$/);
      expect(() => NetworkNamespace.openPid(4_194_305)).toThrow(NamespaceError);
    });

    it('have sockets opened in them without disturbing the thread', async () => {
      named.create('blue');
      const home = here();
      using blue = named.open('blue');
      using socket = NetlinkSocket.open({ namespace: blue });
      expect(here()).toBe(home);
      // The thread's own loopback link is up.
      expect((await listLinks(socket)).find(({ name }) => name === 'lo')).toMatchObject({ up: false });
    });

    it.skipIf(noIp)('are the same ones that "ip netns" makes and sees', () => {
      const standard = new NamedNamespaces();
      const [ours, theirs] = [
        `iorcl-test-${randomBytes(4).toString('hex')}`,
        `iorcl-test-${randomBytes(4).toString('hex')}`,
      ];
      try {
        standard.create(ours);
        expect(spawnSync('ip', ['netns', 'list'], { encoding: 'utf8' }).stdout).toContain(ours);
        expect(spawnSync('ip', ['-n', ours, '-o', 'link'], { encoding: 'utf8' }).stdout).toContain('LOOPBACK');
        expect(spawnSync('ip', ['netns', 'delete', ours]).status).toBe(0);
        expect(standard.has(ours)).toBe(false);
        spawnSync('ip', ['netns', 'add', theirs]);
        using opened = standard.open(theirs);
        expect(opened.identity).toBeDefined();
      } finally {
        standard.delete(ours);
        standard.delete(theirs);
      }
    });
  },
);
