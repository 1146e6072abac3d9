import type { WireReader } from '../../wire/reader.ts';
import type { Image } from './model.ts';

export function parseImage(image: WireReader): Image {
  return {
    id: image.string('id'),
    name: image.optionalString('name'),
    status: image.string('status'),
    raw: image.raw,
  };
}
