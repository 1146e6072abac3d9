import { ServiceClient, type ServiceContext } from '../service/service-client.ts';
import { AttachmentsApi } from './attachments/api.ts';
import { VolumesApi } from './volumes/api.ts';

/** Cinder v3. */
export class BlockStorageService {
  readonly volumes: VolumesApi;
  readonly attachments: AttachmentsApi;

  constructor(context: ServiceContext) {
    const service = new ServiceClient('block-storage', context);
    this.volumes = new VolumesApi(service);
    this.attachments = new AttachmentsApi(service);
  }
}
