import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** Why a real sshd can't be tried here. */
export function whyNoSshd(): string | undefined {
  if (process.getuid?.() !== 0) {
    return 'sshd is started with a configuration of its own, which needs root';
  }
  try {
    execFileSync('/usr/sbin/sshd', ['-V'], { stdio: 'pipe' });
  } catch (error) {
    // Debian's version knows no -V and says so with its version; what counts is that it is there.
    return error instanceof Error && 'code' in error && error.code === 'ENOENT'
      ? '/usr/sbin/sshd is not there: apt-get install openssh-server'
      : undefined;
  }
  return undefined;
}

/** Debian's sshd on a loopback port, with keys and a configuration of its own. */
export class RealSshd {
  readonly host = '127.0.0.1';
  readonly username: string = userInfo().username;
  readonly port: number;
  readonly privateKey: string;
  readonly privateKeyFile: string;
  readonly knownHostsFile: string;
  readonly directory: string;
  readonly #process: ChildProcess;

  private constructor(directory: string, port: number, privateKey: string, sshd: ChildProcess) {
    this.directory = directory;
    this.port = port;
    this.privateKey = privateKey;
    this.privateKeyFile = join(directory, 'client');
    this.knownHostsFile = join(directory, 'known_hosts');
    this.#process = sshd;
  }

  static async start(): Promise<RealSshd> {
    const directory = await mkdtemp(join(tmpdir(), 'iorcl-sshd-'));
    const path = (name: string): string => join(directory, name);
    for (const [name, type] of [
      ['host-ed25519', 'ed25519'],
      ['host-ecdsa', 'ecdsa'],
      ['client', 'ed25519'],
    ] as const) {
      execFileSync('ssh-keygen', ['-q', '-t', type, '-N', '', '-C', '', '-f', path(name)]);
    }
    const port = await freePort();
    await writeFile(path('authorized_keys'), await readFile(path('client.pub')));
    const hostKey = (await readFile(path('host-ed25519.pub'), 'utf8')).trim();
    await writeFile(path('known_hosts'), `[127.0.0.1]:${port} ${hostKey}\n`);
    await writeFile(
      path('config'),
      [
        `Port ${port}`,
        'ListenAddress 127.0.0.1',
        `HostKey ${path('host-ed25519')}`,
        `HostKey ${path('host-ecdsa')}`,
        `AuthorizedKeysFile ${path('authorized_keys')}`,
        'StrictModes no',
        'UsePAM no',
        'PasswordAuthentication no',
        'KbdInteractiveAuthentication no',
        'PermitRootLogin prohibit-password',
        'PidFile none',
        'MaxSessions 10',
        '',
      ].join('\n'),
    );
    // sshd's privilege separation directory; Debian makes it when the service starts.
    mkdirSync('/run/sshd', { recursive: true });
    const sshd = spawn('/usr/sbin/sshd', ['-D', '-e', '-f', path('config')], { stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    sshd.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    for (let tries = 0; !said.includes('Server listening'); tries += 1) {
      if (sshd.exitCode !== null || tries > 1000) {
        throw new Error(`sshd did not start: ${said}`);
      }
      await delay(10);
    }
    return new RealSshd(directory, port, await readFile(path('client'), 'utf8'), sshd);
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.#process.once('exit', resolve));
    if (this.#process.exitCode === null) {
      this.#process.kill('SIGTERM');
      await ended;
    }
    await rm(this.directory, { recursive: true, force: true });
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}
