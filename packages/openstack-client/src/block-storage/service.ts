import { OpenStackService } from '../service/openstack-service.ts';
import type { ServiceContext } from '../service/service-client.ts';
import { AttachmentsApi } from './attachments/api.ts';
import { VolumesApi } from './volumes/api.ts';

/** Cinder v3. */
export class BlockStorageService extends OpenStackService {
  readonly volumes: VolumesApi;
  readonly attachments: AttachmentsApi;

  constructor(context: ServiceContext) {
    super('block-storage', context);
    this.volumes = new VolumesApi(this.client);
    this.attachments = new AttachmentsApi(this.client);
  }
}
