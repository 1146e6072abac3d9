import { isRecord, type WireRecord } from '../../wire/record.ts';
import type { FakeAnswer, FakeRequest } from '../http/exchange.ts';
import { badRequest, notFound } from '../http/fault.ts';
import type { AttachmentRules } from './attachment-rules.ts';
import { isServiceRequest } from './attachments.ts';
import type { CinderDatabase } from './database.ts';
import { FAKE_VOLUME_STATUSES, type FakeVolume } from './model.ts';
import { requireAdmin } from './policy.ts';
import { checkVolumeQuotas } from './quotas.ts';

/** Tells Nova that a volume of a server has grown. */
export type TellNova = (instanceId: string, volumeId: string) => void;

interface VolumeAction {
  readonly request: FakeRequest;
  readonly volume: FakeVolume;
  readonly parameters: WireRecord;
}

const ADMIN_ACTIONS = 'volume_extension:volume_admin_actions';

/** `POST /volumes/ID/action`. */
export class VolumeActions {
  readonly #database: CinderDatabase;
  readonly #rules: AttachmentRules;
  readonly #tellNova: TellNova;
  readonly #actions: Readonly<Record<string, (action: VolumeAction) => number>>;

  constructor(database: CinderDatabase, rules: AttachmentRules, tellNova: TellNova) {
    this.#database = database;
    this.#rules = rules;
    this.#tellNova = tellNova;
    this.#actions = {
      'os-begin_detaching': ({ volume }) => accepted(rules.beginDetaching(volume)),
      'os-roll_detaching': ({ volume }) => accepted(rules.rollDetaching(volume)),
      'os-force_detach': (action) => accepted(this.#forceDetach(action)),
      'os-extend': (action) => accepted(this.#extend(action)),
      'os-retype': (action) => accepted(this.#retype(action)),
      'os-set_bootable': ({ volume, parameters }) => {
        database.updateVolume(volume.id, { bootable: parameters['bootable'] === true });
        return 200;
      },
      'os-update_readonly_flag': ({ volume, parameters }) =>
        accepted(database.updateVolume(volume.id, { readOnly: parameters['readonly'] === true })),
      'os-reset_status': (action) => accepted(this.#resetStatus(action)),
      'os-force_delete': ({ request, volume }) => {
        requireAdmin(request, `${ADMIN_ACTIONS}:force_delete`);
        return accepted(database.removeVolume(volume.id));
      },
    };
  }

  run(request: FakeRequest, volume: FakeVolume): FakeAnswer {
    const [name, parameters] = Object.entries(isRecord(request.body) ? request.body : {})[0] ?? [];
    const action = name === undefined ? undefined : this.#actions[name];
    if (action === undefined) {
      throw badRequest(
        `There is no such action: ${name}. Verify the request body and Content-Type header and try again.`,
      );
    }
    return { status: action({ request, volume, parameters: isRecord(parameters) ? parameters : {} }) };
  }

  #extend({ request, volume, parameters }: VolumeAction): void {
    const size = parameters['new_size'];
    if (typeof size !== 'number' || !Number.isInteger(size)) throw badRequest('Invalid input for new_size');
    const inUse = volume.status === 'in-use' && request.minor >= 42;
    if (volume.status !== 'available' && !inUse) {
      throw badRequest(
        `Invalid volume: Volume ${volume.id} status must be '('available', 'in-use')' to extend, currently ${volume.status}.`,
      );
    }
    if (size <= volume.sizeGiB) {
      throw badRequest(
        `Invalid input received: New size for extend must be greater than current size. (current: ${volume.sizeGiB}, extended: ${size}).`,
      );
    }
    checkVolumeQuotas(this.#database, volume.projectId, { gigabytes: size - volume.sizeGiB });
    this.#database.resizeVolume(volume.id, size);
    for (const { instanceId } of this.#database.attachmentsOf(volume.id)) {
      if (instanceId !== undefined) this.#tellNova(instanceId, volume.id);
    }
  }

  #retype({ volume, parameters }: VolumeAction): void {
    const wanted = String(parameters['new_type']);
    const type = this.#database.type(wanted) ?? this.#database.types.get(wanted);
    if (type === undefined) throw notFound(`Volume type with name ${wanted} could not be found.`);
    this.#database.updateVolume(volume.id, { type: type.name });
  }

  #resetStatus({ request, volume, parameters }: VolumeAction): void {
    requireAdmin(request, `${ADMIN_ACTIONS}:reset_status`);
    const status = FAKE_VOLUME_STATUSES.find((each) => each === parameters['status']);
    if (status === undefined)
      throw badRequest(`Invalid input for field/attribute status: ${String(parameters['status'])}`);
    this.#database.updateVolume(volume.id, { status });
  }

  #forceDetach({ request, volume }: VolumeAction): void {
    for (const attachment of this.#database.attachmentsOf(volume.id)) {
      this.#rules.delete(attachment, isServiceRequest(request));
    }
  }
}

/** The status of most actions, whatever they do. */
function accepted(_: unknown): number {
  return 202;
}
