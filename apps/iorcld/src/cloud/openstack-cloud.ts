import { decide } from '@iorcl/flavor-policy';
import type { Port, Attachment as WireAttachment } from '@iorcl/openstack-client';
import { NotFoundError, type OpenStackClient, OpenStackError } from '@iorcl/openstack-client';
import {
  type Caller,
  type CinderAttachment,
  type CinderPort,
  type CinderVolume,
  type CloudCallOptions,
  CloudError,
  type CloudPort,
  type CompletedAttachment,
  type ConnectedAttachment,
  type Connector,
  type ExportPortView,
  type IdentityPort,
  type Instance,
  type InstancePort,
  type IoInstance,
  type NetworkPort,
  type ProviderNetwork,
  type VolumeEncryption,
} from './contract.ts';

/** The cloud as iorcld sees it, through its service user. */
export class OpenStackCloud implements CinderPort, CloudPort, NetworkPort, IdentityPort {
  readonly #client: OpenStackClient;
  readonly #asService: OpenStackClient;

  /** @param asService the same cloud, with a service token beside the user's; see `withServiceToken` */
  constructor(client: OpenStackClient, asService: OpenStackClient = client) {
    this.#client = client;
    this.#asService = asService;
  }

  async attachment(id: string, options?: CloudCallOptions): Promise<CinderAttachment> {
    return cinderAttachment(await ask(this.#client.blockStorage.attachments.get(id, options)));
  }

  async volume(id: string, options?: CloudCallOptions): Promise<CinderVolume> {
    const { sizeGiB, status, multiattach, encrypted, attachments } = await ask(
      this.#client.blockStorage.volumes.get(id, options),
    );
    const completed = attachments.flatMap(({ attachmentId, serverId, hostName }): [string, CompletedAttachment][] =>
      hostName === undefined ? [] : [[attachmentId, { instanceId: serverId, host: hostName }]],
    );
    return { id, sizeGiB, status, multiattach, encrypted, completed: new Map(completed) };
  }

  async connectedTo(host: string, options?: CloudCallOptions): Promise<readonly ConnectedAttachment[]> {
    const volumes = await ask(this.#client.blockStorage.volumes.list({ allProjects: true, status: 'in-use' }, options));
    return volumes.flatMap(({ id: volumeId, attachments }) =>
      attachments
        .filter(({ hostName }) => hostName === host)
        .map(({ attachmentId, serverId }) => ({ attachmentId, volumeId, instanceId: serverId })),
    );
  }

  async connect(id: string, connector: Connector, options?: CloudCallOptions): Promise<CinderAttachment> {
    return cinderAttachment(await ask(this.#client.blockStorage.attachments.update(id, { ...connector }, options)));
  }

  async complete(id: string, options?: CloudCallOptions): Promise<void> {
    await ask(this.#client.blockStorage.attachments.complete(id, options));
  }

  async deleteAttachment(id: string, options?: CloudCallOptions): Promise<void> {
    try {
      await this.#asService.blockStorage.attachments.delete(id, options);
    } catch (cause) {
      if (!(cause instanceof NotFoundError)) throw asCloudError(cause);
    }
  }

  async encryption(volumeId: string, options?: CloudCallOptions): Promise<VolumeEncryption | undefined> {
    const found = await ask(this.#client.blockStorage.volumes.encryption(volumeId, options));
    return found === undefined ? undefined : { keyId: found.keyId, provider: found.provider };
  }

  async instance(id: string, options?: CloudCallOptions): Promise<Instance> {
    const { name, flavor, status, taskState, host } = await ask(this.#client.compute.servers.get(id, options));
    if (flavor.extraSpecs === undefined) {
      throw new CloudError(
        'refused',
        `Nova doesn't show the extra specs of flavor ${flavor.name}: give iorcld's service user the right to see them (role admin, or Nova's policy os_compute_api:os-flavor-extra-specs:index)`,
      );
    }
    const isBuilding = status === 'BUILD';
    return { id, name, taskState, isBuilding, host, flavorName: flavor.name, extraSpecs: flavor.extraSpecs };
  }

  async ports(instanceId: string, options?: CloudCallOptions): Promise<readonly InstancePort[]> {
    const ports = await ask(this.#client.network.ports.list({ deviceId: instanceId }, options));
    return ports.map(({ id, networkId, hostId }) => ({ id, networkId, bound: hostId !== undefined && hostId !== '' }));
  }

  async network(id: string, options?: CloudCallOptions): Promise<ProviderNetwork> {
    const { name, networkType, physicalNetwork, segmentationId } = await ask(
      this.#client.network.networks.get(id, options),
    );
    return { id, name, type: networkType, physicalNetwork, segmentationId };
  }

  async instanceVolumes(instanceId: string, options?: CloudCallOptions): Promise<ReadonlyMap<string, string>> {
    const volumes = await ask(this.#client.compute.volumeAttachments.list(instanceId, options));
    return new Map(
      volumes.flatMap(({ volumeId, attachmentId }): [string, string][] =>
        attachmentId === undefined ? [] : [[volumeId, attachmentId]],
      ),
    );
  }

  /** By the flavors that there are, since Nova can't be asked for extra specs of servers. */
  async ioInstances(options?: CloudCallOptions): Promise<readonly IoInstance[]> {
    const flavors = await ask(this.#client.compute.flavors.list({ isPublic: 'none' }, options));
    const io = flavors.filter(({ extraSpecs }) => extraSpecs !== undefined && decide(extraSpecs).kind === 'io');
    const lists = io.map(({ id: flavorId }) =>
      ask(this.#client.compute.servers.list({ allProjects: true, flavorId }, options)),
    );
    return (await Promise.all(lists)).flat().map(({ id, host, volumeIds }) => ({ id, host, volumeIds }));
  }

  async computeHosts(options?: CloudCallOptions): Promise<readonly string[]> {
    const services = await ask(this.#client.compute.services.list({ binary: 'nova-compute' }, options));
    return services.map(({ host }) => host);
  }

  async seesEverything(options?: CloudCallOptions): Promise<boolean> {
    const token = await ask(this.#client.token(options));
    return (await this.validate(token, options))?.roles.includes('admin') === true;
  }

  async exportPorts(
    filter: { readonly deviceOwner: string; readonly deviceId?: string; readonly host?: string },
    options?: CloudCallOptions,
  ): Promise<readonly ExportPortView[]> {
    const { deviceOwner, deviceId, host: hostId } = filter;
    const ports = await ask(this.#client.network.ports.list({ deviceOwner, deviceId, hostId }, options));
    return Promise.all(ports.map((port) => this.#exportPort(port, options)));
  }

  async createExportPort(
    port: {
      readonly networkId: string;
      readonly host: string;
      readonly deviceId: string;
      readonly deviceOwner: string;
    },
    options?: CloudCallOptions,
  ): Promise<ExportPortView> {
    const { networkId, host: hostId, deviceId, deviceOwner } = port;
    const name = `iorcl export ${deviceId}`;
    return this.#exportPort(
      await ask(this.#client.network.ports.create({ networkId, hostId, deviceId, deviceOwner, name }, options)),
      options,
    );
  }

  async deletePort(id: string, options?: CloudCallOptions): Promise<void> {
    try {
      await this.#client.network.ports.delete(id, options);
    } catch (cause) {
      if (!(cause instanceof NotFoundError)) throw asCloudError(cause);
    }
  }

  async #exportPort({ id, networkId, deviceId, fixedIps }: Port, options?: CloudCallOptions): Promise<ExportPortView> {
    const addresses = fixedIps.map(async ({ subnetId, ipAddress }) => {
      const { cidr } = await ask(this.#client.network.subnets.get(subnetId, options));
      return `${ipAddress}${cidr.slice(cidr.indexOf('/'))}`;
    });
    return { id, networkId, deviceId: deviceId ?? '', addresses: await Promise.all(addresses) };
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
