import { createConnection, type Socket } from 'node:net';
import { type QmpCallOptions, withDeadline } from './deadline.ts';
import { LineSplitter } from './line-splitter.ts';
import { parseQmpLine, parseQmpLineIfAny, type QmpArguments, type QmpEvent, type QmpMessage } from './message.ts';
import { QmpError } from './qmp-error.ts';
import type { QmpCommands, QmpEvents } from './qmp-schema.ts';

export interface QmpConnectOptions extends QmpCallOptions {
  /** Longest line that is accepted. Default 16 MiB. */
  readonly maxLineBytes?: number;
}

/** Lines in a row that may be no QMP before the peer is given up. */
const MOST_GARBAGE_LINES = 10;

interface Waiting {
  readonly command: string;
  resolve(value: unknown): void;
  reject(error: QmpError): void;
}

/**
 * A client of the QEMU Machine Protocol over a unix socket: qemu-storage-daemon's `--chardev socket,…,server=on` with
 * `--monitor`. Such a monitor serves one client at a time; a second one waits until the first has gone.
 *
 * Answers are told apart by their ids. A line that is no QMP is passed over, and the next one is read again; whoever waited
 * for what it should have been runs into its timeout.
 *
 * ```ts
 * using qmp = await QmpClient.connect('/run/disk/qmp.sock');
 * await qmp.call('block-export-del', { id: 'disk', mode: 'safe' });
 * ```
 */
export class QmpClient {
  /** Version of the daemon, e.g. `7.2.22`. */
  readonly version: string;
  readonly #socket: Socket;
  readonly #waiting = new Map<string, Waiting>();
  readonly #listeners = new Set<(event: QmpEvent) => void>();
  readonly #closeListeners = new Set<(error: QmpError) => void>();
  #lastId = 0;
  #closed: QmpError | undefined;

  private constructor(socket: Socket, version: string) {
    this.#socket = socket;
    this.version = version;
  }

  /**
   * Connects, waits for the greeting and negotiates capabilities.
   * @throws {QmpError}
   */
  static async connect(path: string, options: QmpConnectOptions = {}): Promise<QmpClient> {
    const lines = new LineSplitter(options.maxLineBytes ?? 16 * 1024 * 1024);
    const socket = createConnection({ path });
    let greeted = false;
    let garbage = 0;
    let receive: (message: QmpMessage) => void = () => {};
    let fail: (error: QmpError) => void = () => {};
    socket.on('data', (chunk: Buffer) => {
      try {
        for (const line of lines.push(chunk)) {
          const message = greeted && garbage < MOST_GARBAGE_LINES ? parseQmpLineIfAny(line) : parseQmpLine(line);
          garbage = message === undefined ? garbage + 1 : 0;
          if (message !== undefined) {
            receive(message);
          }
        }
      } catch (error) {
        fail(
          error instanceof QmpError ? error : new QmpError('protocol', `QMP on ${path}: ${error}`, { cause: error }),
        );
        socket.destroy();
      }
    });
    let connected = false;
    socket.once('connect', () => {
      connected = true;
    });
    socket.once('error', (cause) => {
      const code = connected ? 'closed' : 'connect_failed';
      fail(new QmpError(code, `QMP on ${path}: ${cause.message}`, { cause }));
    });
    socket.once('close', () => fail(new QmpError('closed', `QMP on ${path}: the daemon closed the connection`)));
    try {
      const version = await withDeadline<string>(`QMP greeting on ${path}`, options, (resolve, reject) => {
        fail = reject;
        receive = (message) => {
          greeted = true;
          if (message.kind === 'greeting') {
            resolve(message.version);
          } else {
            reject(new QmpError('protocol', `QMP on ${path}: expected a greeting, got ${message.kind}`));
          }
        };
        return () => {};
      });
      const client = new QmpClient(socket, version);
      receive = (message) => client.#receive(message);
      fail = (error) => client.#end(error);
      await client.execute('qmp_capabilities', {}, options);
      return client;
    } catch (error) {
      socket.destroy();
      throw error;
    }
  }

  /**
   * Sends a command whose arguments the compiler checks against the daemon's own schema. What comes back is data from
   * outside: parse it into `QmpCommands[C]['answer']`.
   * @throws {QmpError}
   */
  call<C extends keyof QmpCommands>(
    command: C,
    args: QmpCommands[C]['arguments'],
    options: QmpCallOptions = {},
  ): Promise<unknown> {
    return this.execute(command, { ...args }, options);
  }

  /**
   * Sends any command and answers the daemon's `return`. An aborted or timed-out command is not taken back: QMP has no
   * way to, so ask the daemon what became of it.
   * @throws {QmpError}
   */
  execute(command: string, args: QmpArguments = {}, options: QmpCallOptions = {}): Promise<unknown> {
    return withDeadline(`QMP ${command}`, options, (resolve, reject) => {
      if (this.#closed !== undefined) {
        reject(this.#closed);
        return () => {};
      }
      this.#lastId += 1;
      const id = `${this.#lastId}`;
      this.#waiting.set(id, { command, resolve, reject });
      this.#socket.write(`${JSON.stringify({ execute: command, arguments: args, id })}\n`);
      return () => this.#waiting.delete(id);
    });
  }

  /** Calls `listener` for each event from now on. The answer ends that. */
  onEvent(listener: (event: QmpEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Waits for an event. Call it before the command that leads to the event: the event may come before the answer.
   * @throws {QmpError}
   */
  waitForEvent<E extends keyof QmpEvents>(
    name: E,
    matches: (data: { readonly [K in keyof QmpEvents[E]]?: unknown }) => boolean,
    options?: QmpCallOptions,
  ): Promise<QmpEvent>;
  waitForEvent(name: string, matches: (data: QmpArguments) => boolean, options?: QmpCallOptions): Promise<QmpEvent>;
  waitForEvent(
    name: string,
    matches: (data: QmpArguments) => boolean,
    options: QmpCallOptions = {},
  ): Promise<QmpEvent> {
    return withDeadline(`QMP event ${name}`, options, (resolve, reject) => {
      if (this.#closed !== undefined) {
        reject(this.#closed);
        return () => {};
      }
      const stop = this.onEvent((event) => {
        if (event.event === name && matches(event.data)) {
          resolve(event);
        }
      });
      this.#closeListeners.add(reject);
      return () => {
        stop();
        this.#closeListeners.delete(reject);
      };
    });
  }

  /** Ends the conversation; what still waits is rejected with `closed`. The daemon goes on. */
  close(): void {
    this.#end(new QmpError('closed', 'the QMP connection was closed on this side'));
    this.#socket.destroy();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #receive(message: QmpMessage): void {
    if (message.kind === 'event') {
      for (const listener of [...this.#listeners]) {
        listener(message.event);
      }
      return;
    }
    if (message.kind === 'greeting') {
      throw new QmpError('protocol', 'the peer greeted twice');
    }
    // An answer without a request that still waits: its caller has given up meanwhile.
    const waiting = message.id === undefined ? undefined : this.#waiting.get(message.id);
    if (message.kind === 'answer') {
      waiting?.resolve(message.value);
      return;
    }
    const { qmpClass, description } = message;
    waiting?.reject(
      new QmpError('command_failed', `QMP ${waiting.command}: ${description}`, {
        command: waiting.command,
        qmpClass,
        description,
      }),
    );
  }

  #end(error: QmpError): void {
    if (this.#closed !== undefined) {
      return;
    }
    this.#closed = error;
    for (const waiting of [...this.#waiting.values()]) {
      waiting.reject(new QmpError(error.code, `QMP ${waiting.command}: ${error.message}`, { cause: error }));
    }
    for (const listener of [...this.#closeListeners]) {
      listener(error);
    }
  }
}
