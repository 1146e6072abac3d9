import { watch } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { directoryOfHook, HOOK_PORTS } from '../stage/configuration.ts';
import type { Stage } from '../stage/stage.ts';

/**
 * Kills the hook while it answers an attach: after the I/O host has attached, when the hook has put down that it is about to
 * import, and before Nova has heard of it. What Nova asks until the hook is back waits, except for calls with method
 * `failing`, whose connections end as the killed hook's did. Resolves when the hook runs again.
 */
export async function killHookDuring(stage: Stage, attach: () => Promise<void>, failing?: string): Promise<void> {
  const recorded = Promise.withResolvers<void>();
  const records = watch(join(directoryOfHook(stage, 'testbed'), 'hook', 'imports'), () => recorded.resolve());
  try {
    await attach();
    await recorded.promise;
    await stage.hooks.testbed.end('SIGKILL');
  } finally {
    records.close();
  }
  const meanwhile = await WaitingRoom.open(HOOK_PORTS.testbed, failing);
  try {
    await meanwhile.someoneWaits;
  } finally {
    meanwhile.close();
    await stage.hooks.testbed.start();
    meanwhile.letIn();
  }
}

/** Stands where a server will be, and keeps those that come until it is. */
class WaitingRoom {
  readonly someoneWaits: Promise<void>;
  readonly #waiting: { readonly client: Socket; readonly said: Buffer }[] = [];
  readonly #server = createServer();
  readonly #port: number;

  private constructor(port: number, failing: string | undefined) {
    const first = Promise.withResolvers<void>();
    this.someoneWaits = first.promise;
    this.#port = port;
    this.#server.on('connection', (client) => {
      client.on('error', () => {});
      client.once('data', (said) => {
        client.pause();
        if (failing !== undefined && said.toString('latin1').startsWith(`${failing} `)) {
          client.destroy();
          return;
        }
        this.#waiting.push({ client, said });
        first.resolve();
      });
    });
  }

  static async open(port: number, failing: string | undefined): Promise<WaitingRoom> {
    const room = new WaitingRoom(port, failing);
    await new Promise<void>((resolve, reject) => {
      room.#server.once('error', reject).listen(port, '127.0.0.1', resolve);
    });
    return room;
  }

  /** Frees the port; those who wait go on waiting. */
  close(): void {
    this.#server.close();
  }

  /** Takes those who wait to the server that is there now. */
  letIn(): void {
    for (const { client, said } of this.#waiting) {
      const server = connect(this.#port, '127.0.0.1');
      server.on('error', () => client.destroy());
      client.on('close', () => server.destroy());
      server.write(said);
      client.pipe(server).pipe(client);
    }
  }
}
