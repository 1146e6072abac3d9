import { OpenStackService } from '../service/openstack-service.ts';
import type { ServiceContext } from '../service/service-client.ts';
import { ExternalEventsApi } from './external-events/api.ts';
import { FlavorsApi } from './flavors/api.ts';
import { HypervisorsApi } from './hypervisors/api.ts';
import { KeypairsApi } from './keypairs/api.ts';
import { MigrationsApi } from './migrations/api.ts';
import { ServerMigrationsApi } from './server-migrations/api.ts';
import { ServersApi } from './servers/api.ts';
import { ComputeServicesApi } from './services/api.ts';
import { VolumeAttachmentsApi } from './volume-attachments/api.ts';

/** Nova v2.1. */
export class ComputeService extends OpenStackService {
  readonly servers: ServersApi;
  readonly volumeAttachments: VolumeAttachmentsApi;
  readonly flavors: FlavorsApi;
  readonly keypairs: KeypairsApi;
  readonly hypervisors: HypervisorsApi;
  readonly services: ComputeServicesApi;
  readonly migrations: MigrationsApi;
  readonly serverMigrations: ServerMigrationsApi;
  readonly externalEvents: ExternalEventsApi;

  constructor(context: ServiceContext) {
    super('compute', context);
    this.servers = new ServersApi(this.client);
    this.volumeAttachments = new VolumeAttachmentsApi(this.client);
    this.flavors = new FlavorsApi(this.client);
    this.keypairs = new KeypairsApi(this.client);
    this.hypervisors = new HypervisorsApi(this.client);
    this.services = new ComputeServicesApi(this.client);
    this.migrations = new MigrationsApi(this.client);
    this.serverMigrations = new ServerMigrationsApi(this.client);
    this.externalEvents = new ExternalEventsApi(this.client);
  }
}
