import { isDeepStrictEqual } from 'node:util';
import { DriverError, type Interposer, type LuksInterposer, type VolumeState } from '../../../contract.ts';
import { closeMapping, openMapping } from '../../../device-mapper/luks-mapping.ts';
import { luksStage } from '../../../interposers/luks/luks-stage.ts';
import { passphrase } from '../../../interposers/luks/passphrase.ts';
import type { Target } from '../target.ts';
import { type NvmetRecord, plaintextName, plaintextPath } from '../volume-record.ts';

/**
 * The one stage that the kernel has here: decryption, by the device mapper.
 * @throws {DriverError} `bad_request`, `not_supported`
 */
export function checkStages(interposers: readonly Interposer[]): LuksInterposer | undefined {
  const [luks, ...others] = interposers.map((interposer) => {
    if (interposer.kind !== 'luks') {
      throw new DriverError('not_supported', `driver nvmet has no interposer "${interposer.kind}"; use driver qsd`);
    }
    luksStage.check(interposer);
    return luksStage.plain(interposer);
  });
  if (others.length > 0) {
    throw new DriverError('bad_request', 'interposer "luks" is there twice');
  }
  return luks;
}

export async function interposeVolume(
  target: Target,
  record: NvmetRecord,
  luks: LuksInterposer | undefined,
  signal: AbortSignal,
): Promise<VolumeState> {
  const present = (await target.isDecrypted(record)) ? record.luks : undefined;
  if (isDeepStrictEqual(present, luks)) {
    return target.stateOf(record);
  }
  const subsystem = target.subsystem(record);
  if (await subsystem.isEnabled()) {
    throw new DriverError('conflict', 'exported with other interposers; unexport it first');
  }
  await withoutStage(target, record, signal);
  if (luks === undefined) {
    return target.stateOf(await target.requireOpen(record));
  }
  if (!record.encrypted) {
    throw new DriverError('bad_request', 'the volume was not opened with willDecrypt: it holds no ciphertext');
  }
  const key = await passphrase(luks.key, target.options.keyManager, { signal });
  await target.records.write(record, { ...record, luks });
  try {
    await openMapping(
      target.commands,
      { name: plaintextName(record), source: record.path },
      { passphrase: Buffer.from(key, 'base64'), readOnly: false, signal },
    );
    await subsystem.setDevicePath(plaintextPath(record));
  } catch (error) {
    await withoutStage(target, record, AbortSignal.timeout(UNDO_TIMEOUT_MS));
    throw error;
  }
  return target.stateOf(await target.requireOpen(record));
}

const UNDO_TIMEOUT_MS = 5_000;

/** The storage itself again, and no mapping of it. */
async function withoutStage(target: Target, record: NvmetRecord, signal: AbortSignal): Promise<void> {
  const { luks: _, ...plain } = record;
  await target.subsystem(record).setDevicePath(record.path);
  await closeMapping(target.commands, plaintextName(record), signal);
  await target.records.write(record, plain);
}
