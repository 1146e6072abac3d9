import { OpenStackService } from '../service/openstack-service.ts';
import type { ServiceContext } from '../service/service-client.ts';
import { AttachmentsApi } from './attachments/api.ts';
import { MessagesApi } from './messages/api.ts';
import { QosSpecsApi } from './qos-specs/api.ts';
import { BlockStorageServicesApi } from './services/api.ts';
import { SnapshotsApi } from './snapshots/api.ts';
import { VolumeTypesApi } from './volume-types/api.ts';
import { VolumesApi } from './volumes/api.ts';

/** Cinder v3. */
export class BlockStorageService extends OpenStackService {
  readonly volumes: VolumesApi;
  readonly attachments: AttachmentsApi;
  readonly snapshots: SnapshotsApi;
  readonly volumeTypes: VolumeTypesApi;
  readonly qosSpecs: QosSpecsApi;
  readonly services: BlockStorageServicesApi;
  readonly messages: MessagesApi;

  constructor(context: ServiceContext) {
    super('block-storage', context);
    this.volumes = new VolumesApi(this.client);
    this.attachments = new AttachmentsApi(this.client);
    this.snapshots = new SnapshotsApi(this.client);
    this.volumeTypes = new VolumeTypesApi(this.client);
    this.qosSpecs = new QosSpecsApi(this.client);
    this.services = new BlockStorageServicesApi(this.client);
    this.messages = new MessagesApi(this.client);
  }
}
