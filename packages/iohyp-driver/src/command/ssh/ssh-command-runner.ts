import type { Client, ClientChannel } from 'ssh2';
import {
  type Command,
  type CommandExit,
  type CommandResult,
  type CommandRunner,
  describeCommand,
  type RunOptions,
} from '../command.ts';
import { CommandError, type CommandErrorCode } from '../command-error.ts';
import {
  collectOutput,
  DEFAULT_MAX_OUTPUT_BYTES,
  DEFAULT_TIMEOUT_MS,
  describeFailure,
  tooMuchOutput,
} from '../command-output.ts';
import { checkAuthentication } from './authentication.ts';
import { ChannelSlots } from './channel-slots.ts';
import { shellLine } from './shell-words.ts';
import { SshConnection } from './ssh-connection.ts';
import type { SshOptions } from './ssh-options.ts';

const DEFAULT_MAX_CHANNELS = 4;
/** How long a killed program's end is waited for. */
const KILL_TIMEOUT_MS = 1_000;

/**
 * Runs programs on another machine over one SSH connection, made when it is first needed and again when it was lost. The
 * login shell there must be a POSIX one (sh, bash, dash, ksh, zsh). `timeoutMs` covers connecting and waiting for a free
 * channel, too.
 *
 * A program that is killed by a bound gets SIGKILL through sshd. It does not die of it when it runs as another user (sudo)
 * or was started by a login as root, which sshd doesn't signal for: after `timeout`, `aborted` and `connection_lost` only
 * the state there tells what happened.
 */
export class SshCommandRunner implements CommandRunner {
  readonly #options: SshOptions;
  readonly #connection: SshConnection;
  readonly #slots: ChannelSlots;

  /** @throws {CommandError} `authentication_failed` without a key or an agent, and for certificates, which ssh2 doesn't know */
  constructor(options: SshOptions) {
    checkAuthentication(options);
    this.#options = options;
    this.#connection = new SshConnection(options);
    this.#slots = new ChannelSlots(options.maxChannels ?? DEFAULT_MAX_CHANNELS);
  }

  async run(command: Command, options: RunOptions = {}): Promise<CommandResult> {
    const line = shellLine(command);
    const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    const bound = AbortSignal.timeout(timeoutMs);
    const signal = options.signal === undefined ? bound : AbortSignal.any([options.signal, bound]);
    const what = `${describeCommand(command)} on ${this.#options.host}`;
    let started = false;
    try {
      return await this.#slots.run(signal, async () => {
        const opened = await openChannel(await this.#connection.ready(signal), line, what, signal);
        started = true;
        return await finish(opened, command, what, options, signal, timeoutMs);
      });
    } catch (error) {
      if (error instanceof CommandError) {
        throw error;
      }
      const how = started ? 'ended without telling how' : 'was not started';
      if (options.signal?.aborted === true) {
        throw new CommandError('aborted', `${what} ${how}: aborted`, { cause: options.signal.reason });
      }
      const why = bound.aborted ? `no free channel or connection within ${timeoutMs} ms` : String(error);
      throw new CommandError('connect_failed', `${what} ${how}: ${why}`, { cause: error });
    }
  }

  /** Ends the connection, and with it whatever still runs. */
  close(): void {
    this.#connection.close();
  }
}

interface OpenedChannel {
  readonly channel: ClientChannel;
  readonly exit: Promise<CommandExit>;
}

function openChannel(client: Client, line: string, what: string, signal: AbortSignal): Promise<OpenedChannel> {
  return new Promise((resolve, reject) => {
    // A connection that dies now never calls back.
    const onGone = (): void => {
      reject(new CommandError('connection_lost', `${what}: the connection ended while it was being started`));
    };
    const onAbort = (): void => reject(signal.reason);
    const settled = (): void => {
      client.removeListener('close', onGone);
      signal.removeEventListener('abort', onAbort);
    };
    client.once('close', onGone);
    signal.addEventListener('abort', onAbort, { once: true });
    client.exec(line, (cause, channel) => {
      settled();
      if (cause !== undefined) {
        reject(new CommandError('connect_failed', `${what} was not started: ${cause.message}`, { cause }));
      } else if (signal.aborted) {
        channel.on('error', () => {});
        channel.signal('KILL');
        channel.close();
      } else {
        // Now, not in a continuation: the end may lie in the very packet that is being read.
        resolve({ channel, exit: exitOf(channel) });
      }
    });
  });
}

async function finish(
  { channel, exit }: OpenedChannel,
  command: Command,
  what: string,
  options: RunOptions,
  signal: AbortSignal,
  timeoutMs: number,
): Promise<CommandResult> {
  const maxOutputBytes = options.maxOutputBytes ?? DEFAULT_MAX_OUTPUT_BYTES;
  let killed: { code: CommandErrorCode; reason: string } | undefined;
  let timer: NodeJS.Timeout | undefined;
  const { promise: givenUp, resolve: giveUp } = Promise.withResolvers<CommandExit>();
  const kill = (code: CommandErrorCode, reason: string): void => {
    if (killed === undefined) {
      killed = { code, reason };
      channel.signal('KILL');
      timer = setTimeout(() => {
        channel.close();
        giveUp({ exitCode: undefined, signal: undefined });
      }, KILL_TIMEOUT_MS);
    }
  };
  const onAbort = (): void =>
    options.signal?.aborted === true
      ? kill('aborted', 'was aborted')
      : kill('timeout', `did not end within ${timeoutMs} ms`);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    const tooMuch = (stream: 'output' | 'error') => (): void =>
      kill('output_limit', tooMuchOutput(stream, maxOutputBytes));
    const stdout = collectOutput(channel, maxOutputBytes, tooMuch('output'));
    const stderr = collectOutput(channel.stderr, maxOutputBytes, tooMuch('error'));
    // A program may end without reading its input: that shows in how it ends.
    channel.on('error', () => {});
    channel.end(options.input);
    const result: CommandResult = {
      ...(await Promise.race([exit, givenUp])),
      stdout: stdout.text(),
      stderr: stderr.text(),
    };
    if (killed !== undefined) {
      const facts = { result, cause: options.signal?.aborted === true ? options.signal.reason : undefined };
      throw new CommandError(
        killed.code,
        `${what} ${killed.reason} and was sent SIGKILL; it may still run there`,
        facts,
      );
    }
    if (result.exitCode === undefined && result.signal === undefined) {
      throw new CommandError('connection_lost', `${what}: the connection was lost, and how it ended isn't known`, {
        result,
      });
    }
    if (result.exitCode !== undefined && (options.okExitCodes ?? [0]).includes(result.exitCode)) {
      return result;
    }
    // What a POSIX shell says of a program that it can't find or execute.
    const missing = result.exitCode === 127 || result.exitCode === 126;
    throw new CommandError(missing ? 'start_failed' : 'failed', describeFailure(command, result), { result });
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  }
}

/** Neither is defined when the connection ended first. */
function exitOf(channel: ClientChannel): Promise<CommandExit> {
  let exit: CommandExit = { exitCode: undefined, signal: undefined };
  channel.once('exit', (exitCode: number | null, signal?: NodeJS.Signals) => {
    exit = { exitCode: exitCode ?? undefined, signal: signal ?? undefined };
  });
  return new Promise((resolve) => channel.once('close', () => resolve(exit)));
}
