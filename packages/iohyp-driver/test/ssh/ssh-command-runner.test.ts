import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CommandError, LocalCommandRunner, SshCommandRunner, type SshOptions } from '../../src/index.ts';
import { fingerprintOf, InProcessServer, keyPair } from './in-process-server.ts';
import { RealSshd, whyNoSshd } from './real-sshd.ts';

/** What a shell, ssh, or a careless programmer could take for something else than itself. */
const HOSTILE = [
  '',
  ' ',
  'a b',
  "'",
  "''",
  "it's",
  '"',
  '\\',
  '\\\\',
  '\\n',
  '$HOME',
  '$' + '{PATH}',
  '$(id)',
  '`id`',
  '; id',
  '&& id',
  '| id',
  '& id',
  '> /tmp/x',
  '< /etc/passwd',
  '*',
  '?',
  '[a]',
  '~',
  '!!',
  '!x',
  '#x',
  '-n',
  '--',
  '-rf /',
  'a\nb',
  '\n',
  '\t',
  '\r',
  "'; touch /tmp/owned; '",
  "'\\''; id #",
  '%s',
  'é',
  '日本',
  '\u{1F600}',
  'x'.repeat(20_000),
];

const closers: (() => void | Promise<void>)[] = [];
afterAll(async () => {
  for (const close of closers.toReversed()) {
    await close();
  }
});

function runner(options: SshOptions): SshCommandRunner {
  const made = new SshCommandRunner(options);
  closers.push(() => made.close());
  return made;
}

async function failure(promise: Promise<unknown>): Promise<CommandError> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof CommandError)) {
    throw new Error(`expected a CommandError, got ${String(error)}`);
  }
  return error;
}

/** What every runner does, wherever the program runs. */
function behavesAsARunner(make: () => { run: LocalCommandRunner['run'] }): void {
  it('hands each argument on unchanged, whatever is in it', async () => {
    const { stdout } = await make().run({ program: 'printf', args: ['%s\\0', ...HOSTILE] });
    expect(stdout.split('\0').slice(0, -1)).toEqual(HOSTILE);
  });

  it('hands standard input on and tells standard output from standard error', async () => {
    const result = await make().run({ program: 'sh', args: ['-c', 'cat; echo bad >&2'] }, { input: 'one\ntwo' });
    expect(result).toEqual({ exitCode: 0, signal: undefined, stdout: 'one\ntwo', stderr: 'bad\n' });
  });

  it('gives an environment and a directory as asked', async () => {
    const command = { program: '/usr/bin/env', args: [], environment: { A: "x 'y' $z" }, workingDirectory: '/' };
    expect((await make().run(command)).stdout).toBe("A=x 'y' $z\n");
    const where = { program: 'pwd', args: [], workingDirectory: '/usr' };
    expect((await make().run(where)).stdout.trim()).toBe('/usr');
  });

  it('tells an exit status that was not allowed, with what the program said', async () => {
    const command = { program: 'sh', args: ['-c', 'echo why >&2; exit 3'] };
    const error = await failure(make().run(command));
    expect(error.code).toBe('failed');
    expect(error.message).toMatch(/exit status 3: why/);
    expect((await make().run(command, { okExitCodes: [0, 3] })).exitCode).toBe(3);
  });

  it('tells a program that was ended by a signal', async () => {
    const error = await failure(make().run({ program: 'sh', args: ['-c', 'kill -TERM $$'] }));
    expect(error.result?.signal).toBe('SIGTERM');
  });

  it('tells a program that is not there', async () => {
    expect((await failure(make().run({ program: 'no-such-program', args: [] }))).code).toBe('start_failed');
  });

  it('kills a program that takes too long, writes too much, or is aborted', async () => {
    const sleep = { program: 'sleep', args: ['5'] };
    expect((await failure(make().run(sleep, { timeoutMs: 1500 }))).code).toBe('timeout');
    const much = { program: 'sh', args: ['-c', 'for i in $(seq 2000); do echo yyyyyyyyyyyyyyyy; done; sleep 5'] };
    expect((await failure(make().run(much, { maxOutputBytes: 1000 }))).code).toBe('output_limit');
    const abort = new AbortController();
    const running = failure(make().run({ program: 'sh', args: ['-c', 'echo; sleep 5'] }, { signal: abort.signal }));
    setTimeout(() => abort.abort(new Error('enough')), 300);
    expect((await running).code).toBe('aborted');
  });
}

describe('LocalCommandRunner', () => {
  behavesAsARunner(() => new LocalCommandRunner());
});

const noSshd = whyNoSshd();
describe.skipIf(noSshd !== undefined)(
  `SshCommandRunner and Debian's sshd${noSshd === undefined ? '' : ` (${noSshd})`}`,
  () => {
    let sshd: RealSshd;
    let options: SshOptions;
    let shared: SshCommandRunner;
    beforeAll(async () => {
      sshd = await RealSshd.start();
      closers.push(() => sshd.stop());
      options = {
        host: sshd.host,
        port: sshd.port,
        username: sshd.username,
        authentication: { privateKey: sshd.privateKey },
        hostKey: { knownHostsFile: sshd.knownHostsFile },
      };
      shared = runner(options);
    }, 30_000);

    behavesAsARunner(() => shared);

    it('tells in time that the time is over, also where sshd signals nobody, and that the program may still run', async () => {
      const marker = join(sshd.directory, 'pid');
      const line = `echo $$ > ${marker}; exec sleep 60`;
      const error = await failure(shared.run({ program: 'sh', args: ['-c', line] }, { timeoutMs: 1500 }));
      expect(error.message).toContain('it may still run there');
      const pid = Number(await readFile(marker, 'utf8'));
      if (existsSync(`/proc/${pid}`)) {
        process.kill(pid, 'SIGKILL');
      }
    });

    it('asks for the kind of key that known_hosts has, also when the host would rather show another', async () => {
      const key = (await readFile(join(sshd.directory, 'host-ecdsa.pub'), 'utf8')).trim();
      const knownHostsFile = join(sshd.directory, 'known_hosts-ecdsa');
      await writeFile(knownHostsFile, `[127.0.0.1]:${sshd.port} ${key}\n`);
      const made = runner({ ...options, hostKey: { knownHostsFile } });
      expect((await made.run({ program: 'echo', args: ['hello'] })).stdout).toBe('hello\n');
    });

    it('logs in with a key that an agent holds', async () => {
      const agentSocket = join(sshd.directory, 'agent');
      const agent = spawn('ssh-agent', ['-D', '-a', agentSocket], { stdio: 'ignore' });
      closers.push(() => void agent.kill());
      await expect.poll(() => existsSync(agentSocket), { timeout: 10_000 }).toBe(true);
      const environment = { PATH: process.env['PATH'] ?? '', SSH_AUTH_SOCK: agentSocket };
      await new LocalCommandRunner().run({ program: 'ssh-add', args: ['-q', sshd.privateKeyFile], environment });
      const made = runner({ ...options, authentication: { agentSocket } });
      expect((await made.run({ program: 'echo', args: ['hello'] })).stdout).toBe('hello\n');
    });

    it('takes no certificate: one as key is refused with what is taken instead, one in an agent is passed over', async () => {
      const path = (name: string): string => join(sshd.directory, name);
      const { run } = new LocalCommandRunner();
      await run({ program: 'ssh-keygen', args: ['-q', '-t', 'ed25519', '-N', '', '-f', path('authority')] });
      const identity = ['-I', 'iorcl', '-n', sshd.username];
      await run({
        program: 'ssh-keygen',
        args: ['-q', '-s', path('authority'), ...identity, `${sshd.privateKeyFile}.pub`],
      });
      const certificate = await readFile(path('client-cert.pub'), 'utf8');
      expect(() => runner({ ...options, authentication: { privateKey: certificate } })).toThrow(
        'a certificate is given, and ssh2 knows none; give privateKey (in OpenSSH or PEM form) or agentSocket',
      );
      const agentSocket = path('agent-with-certificate');
      const agent = spawn('ssh-agent', ['-D', '-a', agentSocket], { stdio: 'ignore' });
      closers.push(() => void agent.kill());
      await expect.poll(() => existsSync(agentSocket), { timeout: 10_000 }).toBe(true);
      const environment = { PATH: process.env['PATH'] ?? '', SSH_AUTH_SOCK: agentSocket };
      // ssh-add adds the certificate that lies beside the key, too.
      await run({ program: 'ssh-add', args: ['-q', sshd.privateKeyFile], environment });
      const made = runner({ ...options, authentication: { agentSocket } });
      expect((await made.run({ program: 'echo', args: ['hello'] })).stdout).toBe('hello\n');
    });

    it('is not let in with another key, and says so at once', async () => {
      const authentication = { privateKey: keyPair().privateKey };
      const error = await failure(runner({ ...options, authentication }).run({ program: 'true', args: [] }));
      expect(error.code).toBe('authentication_failed');
      expect(error.retryable).toBe(false);
    });

    it('runs many programs at a time within the limit of channels', async () => {
      const results = await Promise.all(
        Array.from({ length: 12 }, (_, index) => shared.run({ program: 'echo', args: [String(index)] })),
      );
      expect(results.map(({ stdout }) => Number(stdout))).toEqual(Array.from({ length: 12 }, (_, index) => index));
    });
  },
);

describe('SshCommandRunner and a server in this process', () => {
  let server: InProcessServer;
  let options: SshOptions;
  beforeAll(async () => {
    server = await InProcessServer.start();
    closers.push(() => server.stop());
    options = {
      host: server.host,
      port: server.port,
      username: server.username,
      authentication: { privateKey: server.client.privateKey },
      hostKey: { sha256: [fingerprintOf(server.hostKey.publicKey)] },
      backoff: { initialMs: 20, maxMs: 100 },
    };
  });

  describe('as any runner', () => {
    let shared: SshCommandRunner;
    beforeAll(() => {
      shared = runner(options);
    });
    behavesAsARunner(() => shared);
  });

  it('starts nothing on a host that shows another key than the pinned one', async () => {
    const before = server.lines.length;
    const hostKey = { sha256: [fingerprintOf(keyPair().publicKey)] };
    const error = await failure(runner({ ...options, hostKey }).run({ program: 'true', args: [] }));
    expect(error.code).toBe('host_key_refused');
    expect(error.message).toContain(fingerprintOf(server.hostKey.publicKey));
    expect(server.lines.length).toBe(before);
  });

  it('starts nothing when no known_hosts file is there', async () => {
    const hostKey = { knownHostsFile: '/nonexistent/known_hosts' };
    expect((await failure(runner({ ...options, hostKey }).run({ program: 'true', args: [] }))).code).toBe(
      'host_key_refused',
    );
  });

  it('never runs more programs at a time than maxChannels', async () => {
    const fresh = await InProcessServer.start();
    closers.push(() => fresh.stop());
    const made = runner({
      ...options,
      port: fresh.port,
      authentication: { privateKey: fresh.client.privateKey },
      hostKey: { sha256: [fingerprintOf(fresh.hostKey.publicKey)] },
      maxChannels: 2,
    });
    await Promise.all(Array.from({ length: 8 }, () => made.run({ program: 'sleep', args: ['0.05'] })));
    expect(fresh.mostChannels).toBe(2);
  });

  it('one connection serves all programs', async () => {
    const before = server.connections;
    const made = runner(options);
    await Promise.all(Array.from({ length: 5 }, () => made.run({ program: 'true', args: [] })));
    expect(server.connections).toBe(before + 1);
  });

  it('a connection that breaks is told as lost, for nobody knows what became of the program; the next run connects anew', async () => {
    const made = runner(options);
    const running = failure(made.run({ program: 'sh', args: ['-c', 'echo; sleep 60'] }));
    await expect.poll(() => server.lines.at(-1)).toContain('sleep 60');
    server.dropConnections();
    const error = await running;
    expect(error.code).toBe('connection_lost');
    expect(error.retryable).toBe(true);
    expect((await made.run({ program: 'echo', args: ['back'] })).stdout).toBe('back\n');
  });

  it('a connection that is silently dead is noticed by its keepalives', async () => {
    const made = runner({ ...options, keepaliveIntervalMs: 50, keepaliveCountMax: 2 });
    const running = failure(made.run({ program: 'sh', args: ['-c', 'echo frozen; sleep 60'] }));
    await expect.poll(() => server.lines.at(-1)).toContain('frozen');
    server.freezeConnections();
    expect((await running).code).toBe('connection_lost');
    expect((await made.run({ program: 'echo', args: ['back'] })).stdout).toBe('back\n');
  });

  it('connects as soon as the host comes back, without being asked again', async () => {
    const made = runner(options);
    server.refuseConnections(true);
    const running = made.run({ program: 'echo', args: ['at last'] });
    setTimeout(() => server.refuseConnections(false), 300);
    expect((await running).stdout).toBe('at last\n');
  });

  it('a host that stays away is told with the last reason, and that nothing was started', async () => {
    const made = runner({ ...options, port: 1 });
    const error = await failure(made.run({ program: 'true', args: [] }, { timeoutMs: 500 }));
    expect(error.code).toBe('connect_failed');
    expect(error.message).toContain('ECONNREFUSED');
  });

  it('refuses what no line for a shell can say', async () => {
    const made = runner(options);
    for (const command of [
      { program: 'echo', args: ['a\0b'] },
      { program: 'A=b', args: [] },
      { program: '-c', args: [] },
      { program: 'env', args: [], environment: { 'A;id': 'x' } },
    ]) {
      expect((await failure(made.run(command))).code).toBe('start_failed');
    }
  });
});
