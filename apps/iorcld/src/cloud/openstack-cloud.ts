import type { Attachment as WireAttachment } from '@iorcl/openstack-client';
import { NotFoundError, type OpenStackClient, OpenStackError } from '@iorcl/openstack-client';
import {
  type Caller,
  type CinderAttachment,
  type CinderPort,
  type CinderVolume,
  type CloudCallOptions,
  CloudError,
  type CloudPort,
  type Connector,
  type IdentityPort,
  type Instance,
  type InstancePort,
  type ProviderNetwork,
} from './contract.ts';

/** The cloud as iorcld sees it, through its service user. */
export class OpenStackCloud implements CinderPort, CloudPort, IdentityPort {
  readonly #client: OpenStackClient;

  constructor(client: OpenStackClient) {
    this.#client = client;
  }

  async attachment(id: string, options?: CloudCallOptions): Promise<CinderAttachment> {
    return cinderAttachment(await ask(this.#client.blockStorage.attachments.get(id, options)));
  }

  async volume(id: string, options?: CloudCallOptions): Promise<CinderVolume> {
    const { sizeGiB, status, multiattach, encrypted, attachments } = await ask(
      this.#client.blockStorage.volumes.get(id, options),
    );
    const hosts = attachments.flatMap(({ attachmentId, hostName }): [string, string][] =>
      hostName === undefined ? [] : [[attachmentId, hostName]],
    );
    return { id, sizeGiB, status, multiattach, encrypted, attachedHosts: new Map(hosts) };
  }

  async connect(id: string, connector: Connector, options?: CloudCallOptions): Promise<CinderAttachment> {
    return cinderAttachment(await ask(this.#client.blockStorage.attachments.update(id, { ...connector }, options)));
  }

  async instance(id: string, options?: CloudCallOptions): Promise<Instance> {
    const { name, flavor } = await ask(this.#client.compute.servers.get(id, options));
    if (flavor.extraSpecs === undefined) {
      throw new CloudError(
        'refused',
        `Nova doesn't show the extra specs of flavor ${flavor.name}: give iorcld's service user the right to see them (role admin, or Nova's policy os_compute_api:os-flavor-extra-specs:index)`,
      );
    }
    return { id, name, flavorName: flavor.name, extraSpecs: flavor.extraSpecs };
  }

  async ports(instanceId: string, options?: CloudCallOptions): Promise<readonly InstancePort[]> {
    const ports = await ask(this.#client.network.ports.list({ deviceId: instanceId }, options));
    return ports.map(({ id, networkId }) => ({ id, networkId }));
  }

  async network(id: string, options?: CloudCallOptions): Promise<ProviderNetwork> {
    const { name, networkType, physicalNetwork, segmentationId } = await ask(
      this.#client.network.networks.get(id, options),
    );
    return { id, name, type: networkType, physicalNetwork, segmentationId };
  }

  async validate(token: string, options?: CloudCallOptions): Promise<Caller | undefined> {
    try {
      const { userId, userName, projectName, systemScoped, roles } = await this.#client.identity.validateToken(
        token,
        options,
      );
      return { userId, userName, projectName, systemScoped, roles };
    } catch (cause) {
      if (cause instanceof NotFoundError) return undefined;
      throw asCloudError(cause);
    }
  }
}

function cinderAttachment({ id, status, instanceId, volumeId, connectionInfo, raw }: WireAttachment): CinderAttachment {
  const connected = Object.keys(connectionInfo).length > 0;
  return { id, status, instanceId, volumeId, connectionInfo: connected ? connectionInfo : undefined, raw };
}

async function ask<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (cause) {
    throw asCloudError(cause);
  }
}

/**
 * Only a clear no counts as one. Whatever leaves open what the cloud would have said - nobody there, 5xx, a garbled
 * answer, our own credentials not accepted - is `unavailable`.
 */
function asCloudError(cause: unknown): CloudError {
  if (!(cause instanceof OpenStackError)) return new CloudError('unavailable', 'the cloud was not asked', cause);
  switch (cause.code) {
    case 'not_found':
      return new CloudError('not_found', cause.message, cause);
    case 'bad_request':
    case 'conflict':
      return new CloudError('refused', cause.message, cause);
    default:
      return new CloudError('unavailable', cause.message, cause);
  }
}
