import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Life } from '../engine.ts';
import type { Harness } from '../harness.ts';
import type { KillPoint } from '../mortal-process.ts';
import { type Bundle, bundle } from './bundle.ts';
import { type Asynchronous, Calls, type Message } from './calls.ts';
import type { Control, Opening } from './iorcld.ts';

/** A {@link Life} in another process. */
export type RemoteLife = { readonly [K in keyof Life]: Asynchronous<Life[K]> };

/** A process with an iorcld in it, whose cloud, networks and data plane are those of a harness here. */
export class IorcldProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #calls: Calls;
  readonly #control: Asynchronous<Control>;
  readonly #ended: Promise<void>;

  constructor({ file, environment: env }: Bundle) {
    const child = fork(file, {
      serialization: 'advanced',
      execArgv: [],
      env,
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.#child = child;
    // The dead hear nothing.
    this.#calls = new Calls((message) => child.connected && child.send(message, () => {}));
    this.#control = this.#calls.remote('control');
    child.on('message', (message) => this.#calls.receive(message as Message));
    // Whatever it still said before it died has been done, once the channel is at its end.
    this.#ended = Promise.all([once(child, 'exit'), once(child, 'disconnect')]).then(() =>
      this.#calls.end(`iorcld has ended: ${child.signalCode ?? `status ${child.exitCode}`}`),
    );
  }

  /** Undefined: it lives, or has ended by itself. */
  get killedBy(): NodeJS.Signals | undefined {
    return this.#child.signalCode ?? undefined;
  }

  /** Starts iorcld over the harness's journal and world, in place of any that was started before in this process. */
  async start(harness: Harness, killAt?: KillPoint): Promise<RemoteLife> {
    const { journalFile, settings, cloud, plugs, driver } = harness;
    this.#calls.objects = { cloud, plugs, driver, opening: openingOf(harness) };
    await this.#control.start({ journalFile, settings, capabilities: driver.capabilities, killAt });
    return {
      attachments: this.#calls.remote('attachments'),
      journal: this.#calls.remote('journal'),
      reconciler: this.#calls.remote('reconciler'),
    };
  }

  /** What it has changed since it was started last, in the journal or in the world. */
  effects(): Promise<readonly string[]> {
    return this.#control.effects();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }
}

function openingOf({ driver, plugs }: Harness): Opening {
  return {
    open: (request, socket) => {
      const openSocket = (): number => {
        if (socket === undefined) throw new Error('iorcld opened no socket for its data plane');
        return plugs.listen(...socket);
      };
      return driver.open({ ...request, listener: { ...request.listener, openSocket } });
    },
  };
}

/** Processes with an iorcld in each, of which one is always started ahead. */
export class IorcldProcesses implements AsyncDisposable {
  readonly #program: Bundle;
  readonly #all: IorcldProcess[] = [];
  #spare: IorcldProcess;

  private constructor(program: Bundle) {
    this.#program = program;
    this.#spare = this.#spawn();
  }

  static async open(): Promise<IorcldProcesses> {
    return new IorcldProcesses(await bundle(join(import.meta.dirname, 'iorcld.ts')));
  }

  /** One in which nothing has been started yet. */
  next(): IorcldProcess {
    const spare = this.#spare;
    this.#spare = this.#spawn();
    return spare;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#all.map((process) => process[Symbol.asyncDispose]()));
    this.#program[Symbol.dispose]();
  }

  #spawn(): IorcldProcess {
    const process = new IorcldProcess(this.#program);
    this.#all.push(process);
    return process;
  }
}
