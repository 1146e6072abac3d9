import type { CinderFacts } from '../../src/attachment/record.ts';
import type { Journal } from '../../src/journal/journal.ts';

/** What is in the journal, as far as the writes of {@link journalWrite} change it. */
export interface JournalContent {
  readonly attachments: readonly string[];
  readonly steps: readonly string[];
  readonly secret: string | undefined;
  readonly hasListener: boolean;
}

/** So many pages that the write takes several system calls, and a few of them a checkpoint. */
const SECRET = 'x'.repeat(100_000);

const cinder: CinderFacts = {
  connectionInfo: { secret: SECRET },
  attachment: {},
  accessMode: 'rw',
  qosSpecs: null,
  cacheable: false,
};
const network = { networkId: 'n', type: 'vlan', physicalNetwork: 'physnet1', segmentationId: 101 } as const;

const idOf = (number: number): string => `attachment-${Math.ceil(number / 3)}`;

/** The write of this number, from 1 on, where those before it are done: begin an attachment, journal a step, forget it. */
export function journalWrite(journal: Journal, number: number): void {
  const id = idOf(number);
  switch (number % 3) {
    case 1:
      journal.begin({
        plan: {
          ...{ attachmentId: id, carrier: id, instanceId: `i-${id}`, volumeId: `v-${id}`, sizeBytes: 1024 ** 3 },
          ...{ mode: 'host', computeHost: 'compute-1', network },
        },
        ioHost: 'io-1',
        driver: 'qsd',
        grant: { client: 'compute-1', identity: `${id}.x`, secretHex: 'ab'.repeat(32) },
        ports: { first: 10809, last: 10809 },
      });
      break;
    case 2:
      journal.setStep(id, 'connect', 'done', { cinder });
      break;
    default:
      journal.forget(id);
  }
}

/** What the journal holds after the write of this number. */
export function contentAfter(number: number): JournalContent {
  const id = idOf(number);
  switch (number % 3) {
    case 1:
      return { attachments: [id], steps: [], secret: undefined, hasListener: true };
    case 2:
      return { attachments: [id], steps: ['connect done'], secret: SECRET, hasListener: true };
    default:
      return { attachments: [], steps: [], secret: undefined, hasListener: false };
  }
}

export function contentOf(journal: Journal, lastNumber: number): JournalContent {
  const records = journal.attachments();
  const secret = records[0]?.facts.cinder?.connectionInfo['secret'];
  return {
    attachments: records.map(({ plan }) => plan.attachmentId),
    steps: records.flatMap(({ steps }) => [...steps].map(([name, state]) => `${name} ${state}`)),
    secret: typeof secret === 'string' ? secret : undefined,
    hasListener: journal.listener(`i-${idOf(lastNumber)}`) !== undefined,
  };
}
