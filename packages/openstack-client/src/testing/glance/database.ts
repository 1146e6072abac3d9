import { randomUUID } from 'node:crypto';
import type { WireRecord } from '../../wire/record.ts';
import type { FakeClock } from '../clock.ts';
import type { FakeImage } from './model.ts';

/** Glance's table, newest image first, as Glance lists it. */
export class GlanceDatabase {
  readonly #images = new Map<string, FakeImage>();
  readonly #clock: FakeClock;

  constructor(clock: FakeClock) {
    this.#clock = clock;
  }

  add(image: Partial<FakeImage> & { readonly ownerId: string }): FakeImage {
    const now = this.#clock.date();
    const row: FakeImage = {
      id: randomUUID(),
      name: null,
      status: 'queued',
      diskFormat: null,
      containerFormat: null,
      visibility: 'shared',
      minDiskGiB: 0,
      minRamMiB: 0,
      protected: false,
      tags: [],
      properties: {},
      bytes: undefined,
      createdAt: now,
      updatedAt: now,
      ...image,
    };
    this.#images.set(row.id, row);
    return row;
  }

  image(id: string): FakeImage | undefined {
    return this.#images.get(id);
  }

  images(): FakeImage[] {
    return [...this.#images.values()].reverse();
  }

  update(id: string, change: Partial<FakeImage>): void {
    const image = this.#images.get(id);
    if (image !== undefined) this.#images.set(id, { ...image, updatedAt: this.#clock.date(), ...change });
  }

  remove(id: string): void {
    this.#images.delete(id);
  }

  /** What volumes made from it get as `volume_image_metadata`. */
  metadata(id: string): WireRecord | undefined {
    const image = this.#images.get(id);
    return image === undefined ? undefined : { ...image.properties, image_id: id, image_name: image.name };
  }
}
