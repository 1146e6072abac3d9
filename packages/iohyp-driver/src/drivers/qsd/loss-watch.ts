import { createConnection, type Socket } from 'node:net';

/**
 * Notices at once when daemons end, however that happens: the kernel then closes the sockets that they held. Connections
 * are held to a monitor of each daemon that nobody else uses.
 */
export class LossWatch {
  readonly #onEnd: (id: string) => void;
  readonly #sockets = new Map<string, Socket>();

  /** @param onEnd - called once per daemon, with the id by which it is observed; whether it was meant to end is the caller's to find out */
  constructor(onEnd: (id: string) => void) {
    this.#onEnd = onEnd;
  }

  /** From now on, until this daemon has ended. */
  observe(id: string, socketPath: string): void {
    if (this.#sockets.has(id)) {
      return;
    }
    const socket = createConnection({ path: socketPath });
    this.#sockets.set(id, socket);
    // The monitor greets, and that is all it says to a client that doesn't negotiate.
    socket.resume();
    socket.unref();
    // Without a listener a refused connection would end this process; `close` follows in any case.
    socket.on('error', () => {});
    socket.once('close', () => {
      if (this.#sockets.get(id) === socket) {
        this.#sockets.delete(id);
        this.#onEnd(id);
      }
    });
  }

  stop(): void {
    const sockets = [...this.#sockets.values()];
    this.#sockets.clear();
    for (const socket of sockets) {
      socket.destroy();
    }
  }
}
