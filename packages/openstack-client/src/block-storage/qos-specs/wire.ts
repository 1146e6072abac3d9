import type { WireReader } from '../../wire/reader.ts';
import type { QosSpecs, QosSpecsCreate } from './model.ts';

export function parseQosSpecs(qos: WireReader): QosSpecs {
  const consumer = qos.string('consumer');
  return {
    id: qos.string('id'),
    name: qos.string('name'),
    consumer: consumer === 'front-end' || consumer === 'both' ? consumer : 'back-end',
    specs: qos.stringRecordOrEmpty('specs'),
    raw: qos.raw,
  };
}

/** Cinder wants the specs flat beside name and consumer. */
export function writeQosSpecs({ name, consumer, specs }: QosSpecsCreate): object {
  return { ...specs, name, consumer };
}
