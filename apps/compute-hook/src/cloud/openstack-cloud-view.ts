import { NotFoundError, type OpenStackClient } from '@iorcl/openstack-client';
import type { CloudView } from '../attachments/ownership.ts';

/** What of the client is used. */
export type CloudClient = {
  readonly blockStorage: { readonly attachments: Pick<OpenStackClient['blockStorage']['attachments'], 'get'> };
  readonly identity: Pick<OpenStackClient['identity'], 'validateToken'>;
  readonly compute: { readonly servers: Pick<OpenStackClient['compute']['servers'], 'get'> };
};

/** The cloud as the hook's service user sees it. */
export class OpenStackCloudView implements CloudView {
  readonly #client: CloudClient;
  readonly #timeoutMs: number;

  /** @param timeoutMs bound of each question, since nova-compute waits for the answer */
  constructor(client: CloudClient, timeoutMs: number) {
    this.#client = client;
    this.#timeoutMs = timeoutMs;
  }

  async attachment(
    attachmentId: string,
    requestId: string,
  ): Promise<{ readonly instanceId: string | undefined } | undefined> {
    const options = { timeoutMs: this.#timeoutMs, requestId };
    return await orUndefined(this.#client.blockStorage.attachments.get(attachmentId, options));
  }

  async flavorExtraSpecs(instanceId: string, requestId: string): Promise<Readonly<Record<string, string>> | undefined> {
    const server = await orUndefined(
      this.#client.compute.servers.get(instanceId, { timeoutMs: this.#timeoutMs, requestId }),
    );
    if (server === undefined) return undefined;
    // Not shown is not the same as none: without them every instance would look like a stock one.
    if (server.flavor.extraSpecs === undefined) {
      throw new Error(
        "the hook's service user is not allowed to see flavor extra specs; it needs the role admin in its project",
      );
    }
    return server.flavor.extraSpecs;
  }

  async rolesOf(token: string, requestId: string): Promise<readonly string[] | undefined> {
    const options = { timeoutMs: this.#timeoutMs, requestId };
    return (await orUndefined(this.#client.identity.validateToken(token, options)))?.roles;
  }
}

async function orUndefined<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof NotFoundError) return undefined;
    throw error;
  }
}
