/** A disk from the server's birth on. @see https://docs.openstack.org/nova/latest/user/block-device-mapping.html */
export interface BlockDevice {
  /** What it is made from. */
  readonly source: 'image' | 'volume' | 'snapshot' | 'blank';
  /** Id of the image, volume or snapshot. */
  readonly sourceId?: string | undefined;
  /** Default `volume`. */
  readonly destination?: 'volume' | 'local' | undefined;
  readonly sizeGiB?: number | undefined;
  /** 0: the server boots from it. Default -1: it doesn't. */
  readonly bootIndex?: number | undefined;
  readonly deleteOnTermination?: boolean | undefined;
}

export interface ServerCreate {
  readonly name: string;
  readonly flavorId: string;
  /** Without it the server boots from the first of `volumeIds`, or from the device with `bootIndex` 0. */
  readonly imageId?: string | undefined;
  /** `none`: without network. `auto`: Nova finds or makes one. */
  readonly networks:
    | readonly { readonly networkId?: string; readonly portId?: string; readonly fixedIp?: string }[]
    | 'none'
    | 'auto';
  /** Volumes it has from its birth. */
  readonly volumeIds?: readonly string[] | undefined;
  /** Further disks, of any kind. */
  readonly blockDevices?: readonly BlockDevice[] | undefined;
  readonly availabilityZone?: string | undefined;
  readonly keyName?: string | undefined;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  readonly description?: string | undefined;
  /** Names. */
  readonly securityGroups?: readonly string[] | undefined;
  readonly configDrive?: boolean | undefined;
  /** For cloud-init. May hold secrets. */
  readonly userData?: string | undefined;
}

export interface ServerCreateSince252 extends ServerCreate {
  readonly tags?: readonly string[] | undefined;
}

export interface ServerCreateSince263 extends ServerCreateSince252 {
  readonly trustedImageCertificates?: readonly string[] | undefined;
}

export interface ServerCreateSince274 extends ServerCreateSince263 {
  /** Compute host that it must run on; the scheduler still checks whether it fits. Only admins may. */
  readonly host?: string | undefined;
  readonly hypervisorHostname?: string | undefined;
}

export interface ServerCreateSince290 extends ServerCreateSince274 {
  readonly hostname?: string | undefined;
}

/** What a new server can be given, by the microversion that was asked for. */
export interface ServerCreatesByMicroversion {
  readonly '2.47': ServerCreate;
  readonly '2.52': ServerCreateSince252;
  readonly '2.63': ServerCreateSince263;
  readonly '2.74': ServerCreateSince274;
  readonly '2.90': ServerCreateSince290;
}

export type ServerCreateMicroversion = keyof ServerCreatesByMicroversion;

/** @see https://docs.openstack.org/api-ref/compute/#create-server */
export function writeServerCreate(server: ServerCreateSince290): Readonly<Record<string, unknown>> {
  const { imageId, networks, userData } = server;
  const devices = blockDevices(server);
  return {
    name: server.name,
    flavorRef: server.flavorId,
    imageRef: imageId,
    networks: typeof networks === 'string' ? networks : networks.map(writeNic),
    block_device_mapping_v2: devices.length === 0 ? undefined : devices,
    availability_zone: server.availabilityZone,
    key_name: server.keyName,
    metadata: server.metadata,
    description: server.description,
    security_groups: server.securityGroups?.map((name) => ({ name })),
    config_drive: server.configDrive,
    user_data: userData === undefined ? undefined : Buffer.from(userData).toString('base64'),
    tags: server.tags,
    trusted_image_certificates: server.trustedImageCertificates,
    host: server.host,
    hypervisor_hostname: server.hypervisorHostname,
    hostname: server.hostname,
  };
}

function writeNic(nic: { readonly networkId?: string; readonly portId?: string; readonly fixedIp?: string }): object {
  return nic.portId === undefined ? { uuid: nic.networkId, fixed_ip: nic.fixedIp } : { port: nic.portId };
}

function blockDevices({ imageId, volumeIds = [], blockDevices: further = [] }: ServerCreate): object[] {
  const bootsFromDevice = further.some(({ bootIndex }) => bootIndex === 0);
  const volumes = volumeIds.map((uuid, index) => ({
    boot_index: imageId === undefined && index === 0 && !bootsFromDevice ? 0 : -1,
    uuid,
    source_type: 'volume',
    destination_type: 'volume',
  }));
  const others = further.map((device) => ({
    boot_index: device.bootIndex ?? -1,
    uuid: device.sourceId,
    source_type: device.source,
    destination_type: device.destination ?? 'volume',
    volume_size: device.sizeGiB,
    delete_on_termination: device.deleteOnTermination,
  }));
  const all = [...volumes, ...others];
  // An image beside other devices has to be named among them.
  const image = { boot_index: 0, uuid: imageId, source_type: 'image', destination_type: 'local' };
  return imageId === undefined || all.length === 0 || bootsFromDevice ? all : [image, ...all];
}
