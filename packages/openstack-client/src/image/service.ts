import { ServiceClient, type ServiceContext } from '../service/service-client.ts';
import { ImagesApi } from './images/api.ts';

/** Glance v2. */
export class ImageService {
  readonly images: ImagesApi;

  constructor(context: ServiceContext) {
    this.images = new ImagesApi(new ServiceClient('image', context));
  }
}
