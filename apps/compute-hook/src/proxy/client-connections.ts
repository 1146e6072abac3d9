import type * as http from 'node:http';
import type { Socket } from 'node:net';

interface ClientConnection {
  readonly agent: http.Agent;
  readonly upstream: WeakSet<Socket>;
  requestsInProgress: number;
}

/**
 * Gives each connection of a client one connection to Cinder of its own. So keep-alive means to the client what it
 * means to Cinder: one that Cinder closed while idle is closed to the client as well, instead of being found dead by
 * the client's next request.
 */
export class ClientConnections {
  readonly #newAgent: () => http.Agent;
  readonly #connections = new WeakMap<Socket, ClientConnection>();

  constructor(newAgent: () => http.Agent) {
    this.#newAgent = newAgent;
  }

  /** Marks the client's connection as busy until the response has ended, also while nothing is sent to Cinder. */
  begin(request: http.IncomingMessage, response: http.ServerResponse): void {
    const connection = this.#of(request.socket);
    connection.requestsInProgress += 1;
    response.once('close', () => {
      connection.requestsInProgress -= 1;
    });
  }

  agent(request: http.IncomingMessage): http.Agent {
    return this.#of(request.socket).agent;
  }

  /** To be called with each socket on which a request goes to Cinder. */
  used(request: http.IncomingMessage, upstream: Socket): void {
    const client = request.socket;
    const connection = this.#of(client);
    if (connection.upstream.has(upstream)) return;
    connection.upstream.add(upstream);
    upstream.once('close', () => {
      if (connection.requestsInProgress === 0) client.end();
    });
  }

  #of(client: Socket): ClientConnection {
    const known = this.#connections.get(client);
    if (known !== undefined) return known;
    const connection: ClientConnection = { agent: this.#newAgent(), upstream: new WeakSet(), requestsInProgress: 0 };
    this.#connections.set(client, connection);
    client.once('close', () => connection.agent.destroy());
    return connection;
  }
}
