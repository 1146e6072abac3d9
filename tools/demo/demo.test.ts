import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { whyNoNamespaces } from '@iorcl/vlan-netlink/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { processesMentioning } from './leftovers.ts';
import { runToEnd } from './program.ts';

const RUN = new URL('../bootstrap/run', import.meta.url).pathname;
const MINUTE = 60_000;

const impossible =
  process.getuid?.() !== 0 ? 'needs root' : existsSync('/dev/fuse') ? whyNoNamespaces() : 'needs /dev/fuse';

const claimsIn = (output: string): number => output.split('✓').length - 1;

describe.skipIf(impossible !== undefined)(
  `npm run demo${impossible === undefined ? '' : ` (${impossible})`}`,
  { timeout: 5 * MINUTE },
  () => {
    // All that the demo writes lies below TMPDIR, so what it leaves can be told from what others do on this machine.
    let directory: string;
    beforeEach(() => {
      directory = mkdtempSync(join(tmpdir(), 'demo-'));
    });
    afterEach(() => rmSync(directory, { recursive: true, force: true }));

    const environment = () => ({ TMPDIR: directory, NO_COLOR: '', NODE_DISABLE_COMPILE_CACHE: '1' });
    const expectNothingLeft = () => {
      expect(processesMentioning(directory)).toEqual([]);
      expect(readdirSync(directory)).toEqual([]);
    };

    it('H24: plays the main job: every claim is checked, plain text where there is no terminal, nothing is left', async () => {
      const { status, out, error } = await runToEnd('bash', [RUN, 'demo'], environment(), { timeoutMs: 4 * MINUTE });
      expect({ status, error }).toEqual({ status: 0, error: '' });
      expect(claimsIn(out)).toBeGreaterThanOrEqual(33);
      expect(out).toContain(`All ${claimsIn(out)} claims were checked`);
      expect(out).not.toContain('\x1b');
      expectNothingLeft();
    });

    it('is colourful on a terminal', async () => {
      const words = ['-qec', `bash ${RUN} demo`, '/dev/null'];
      const { status, out } = await runToEnd('script', words, environment(), { timeoutMs: 4 * MINUTE });
      expect(status, out).toBe(0);
      expect(out).toContain('\x1b[32m✓\x1b[0m');
      expect(claimsIn(out)).toBeGreaterThanOrEqual(33);
      expectNothingLeft();
    });

    it('interrupted in the middle, leaves nothing and does not say that all is well', async () => {
      const demo = spawn('bash', [RUN, 'demo'], {
        env: { ...process.env, ...environment() },
        stdio: ['ignore', 'pipe', 'ignore'],
        // A process group of its own, which gets the signal whole, as from a terminal.
        detached: true,
      });
      const ended = once(demo, 'close');
      let out = '';
      let interrupted = false;
      for await (const text of demo.stdout.setEncoding('utf8')) {
        out += text;
        if (interrupted || claimsIn(out) < 3 || demo.pid === undefined) continue;
        interrupted = process.kill(-demo.pid, 'SIGINT');
      }
      const [status] = await ended;
      expect(status).not.toBe(0);
      expect(out).not.toContain('claims were checked');
      expectNothingLeft();
    });
  },
);
