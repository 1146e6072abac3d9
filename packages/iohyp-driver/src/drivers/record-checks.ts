import { DriverError, type VolumeKey } from '../contract.ts';

/** What records of every driver say of a volume. */
interface KnownVolume extends VolumeKey {
  /** The storage. */
  readonly path: string;
}

/** @throws {DriverError} `conflict` */
export function refuseSecondWriter(other: KnownVolume | undefined): void {
  if (other !== undefined) {
    const text = `${other.path} is already open for attachment ${other.attachmentId} of instance ${other.instanceId}`;
    throw new DriverError('conflict', `${text}, and two writers would destroy it`);
  }
}

/**
 * @param siblings the volumes of the instance, with the names under which they are exported
 * @throws {DriverError} `conflict`
 */
export function refuseTakenName(
  siblings: readonly { readonly attachmentId: string; readonly exportName?: string | undefined }[],
  key: VolumeKey,
  exportName: string,
): void {
  const other = siblings.find((each) => each.attachmentId !== key.attachmentId && each.exportName === exportName);
  if (other !== undefined) {
    const text = `the instance's attachment ${other.attachmentId} is already exported as "${exportName}"`;
    throw new DriverError('conflict', text);
  }
}

/** @throws {DriverError} `not_open` */
export function requireOpen<T>(record: T | undefined, key: VolumeKey): T {
  if (record === undefined) {
    const text = `volume of attachment ${key.attachmentId} is not open for instance ${key.instanceId}`;
    throw new DriverError('not_open', text);
  }
  return record;
}
