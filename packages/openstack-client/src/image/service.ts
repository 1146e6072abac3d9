import { OpenStackService } from '../service/openstack-service.ts';
import type { ServiceContext } from '../service/service-client.ts';
import { ImagesApi } from './images/api.ts';

/** Glance v2. */
export class ImageService extends OpenStackService {
  readonly images: ImagesApi;

  constructor(context: ServiceContext) {
    super('image', context);
    this.images = new ImagesApi(this.client);
  }
}
