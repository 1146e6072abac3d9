import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import * as z from 'zod';
import { DriverError } from '../../contract.ts';
import { readJson, writeJson } from '../../drivers/json-file.ts';
import { SerialQueue } from '../../drivers/serial-queue.ts';
import { connectController, deleteController, rescanController } from './fabrics.ts';
import { controllersOf, diskOf, type NvmeController } from './nvme-sysfs.ts';
import type { NvmeofFields, NvmePortal } from './nvmeof-fields.ts';
import { reachable } from './reachable.ts';
import type { NvmeofBackendSettings } from './settings.ts';

/** Connections to one subsystem that are ours, and who needs them. Written before they are made. */
interface SubsystemRecord {
  readonly nqn: string;
  readonly hostNqn: string;
  readonly portals: readonly NvmePortal[];
  readonly attachments: readonly string[];
}

const subsystemRecord: z.ZodType<SubsystemRecord> = z.object({
  nqn: z.string(),
  hostNqn: z.string(),
  portals: z.array(z.object({ address: z.string(), port: z.string() })),
  attachments: z.array(z.string()),
});

const subsystems = new SerialQueue();
const LOOK_EVERY_MS = 50;
const GONE_WITHIN_MS = 10_000;

/**
 * Connects every portal of a volume's subsystem that isn't connected yet, and answers the disk that the volume is.
 * Connections that are there already are used, and those that somebody else made are never ended.
 * @throws {DriverError} `backend_failed` when no portal could be connected, or the volume doesn't show
 */
export async function connectNvmeof(
  settings: NvmeofBackendSettings,
  fields: NvmeofFields,
  attachmentId: string,
  signal: AbortSignal,
): Promise<string> {
  try {
    await subsystems.run(fields.nqn, signal, () => connectPortals(settings, fields, attachmentId, signal));
    return await waitForDisk(settings, fields, signal);
  } catch (error) {
    await releaseNvmeof(settings, attachmentId);
    throw error;
  }
}

/** Ends the connections that were made for an attachment and that no other needs. */
export async function releaseNvmeof(settings: NvmeofBackendSettings, attachmentId: string): Promise<void> {
  const directory = directoryOf(settings);
  for (const name of await readdir(directory).catch(() => [])) {
    const path = join(directory, name);
    const found = name.endsWith('.json') ? await readJson(path, subsystemRecord) : undefined;
    if (found?.attachments.includes(attachmentId) === true) {
      await subsystems.run(found.nqn, AbortSignal.timeout(GONE_WITHIN_MS), () => releaseOne(path, attachmentId));
    }
  }
}

async function connectPortals(
  settings: NvmeofBackendSettings,
  { nqn, portals }: NvmeofFields,
  attachmentId: string,
  signal: AbortSignal,
): Promise<void> {
  const { hostNqn } = settings;
  const path = recordPath(settings, nqn);
  const secret = settings.secretFile === undefined ? undefined : await readSecret(settings.secretFile);
  let record = (await readJson(path, subsystemRecord)) ?? { nqn, hostNqn, portals: [], attachments: [] };
  record = { ...record, attachments: [...new Set([...record.attachments, attachmentId])] };
  await mkdir(directoryOf(settings), { recursive: true, mode: 0o700 });
  await writeJson(path, record);
  const failures: unknown[] = [];
  for (const portal of portals) {
    signal.throwIfAborted();
    if ((await controllersOf(nqn)).some((each) => each.hostNqn === hostNqn && samePortal(each.portal, portal))) {
      continue;
    }
    try {
      await reachable(portal, settings.portalTimeoutMs ?? 3_000);
      record = { ...record, portals: [...record.portals.filter((each) => !samePortal(each, portal)), portal] };
      await writeJson(path, record);
      await connectWithin(signal, connectController(nqn, portal, settings, secret));
    } catch (error) {
      signal.throwIfAborted();
      failures.push(error);
    }
  }
  if (failures.length === portals.length) {
    throw failures[0];
  }
}

/** What comes of a connection that nobody waits for any more is ended again. */
async function connectWithin(signal: AbortSignal, connecting: Promise<string>): Promise<void> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => {
    connecting.then((name) => deleteController({ name })).catch(() => {});
    reject(signal.reason);
  };
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    await Promise.race([connecting, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

async function waitForDisk(
  settings: NvmeofBackendSettings,
  { nqn, namespace }: NvmeofFields,
  signal: AbortSignal,
): Promise<string> {
  const withinMs = settings.namespaceTimeoutMs ?? 10_000;
  const until = Date.now() + withinMs;
  let rescanned = false;
  for (;;) {
    const disk = await diskOf(nqn, namespace);
    if (disk !== undefined) {
      return disk;
    }
    if (Date.now() >= until) {
      const text = `subsystem ${nqn} shows no namespace ${JSON.stringify(namespace)} within ${withinMs} ms`;
      throw new DriverError('backend_failed', text, { retryable: true });
    }
    if (!rescanned) {
      // The volume may be younger than the connection.
      await Promise.all((await controllersOf(nqn)).map(rescanController));
      rescanned = true;
    }
    await delay(LOOK_EVERY_MS, undefined, { signal });
  }
}

async function releaseOne(path: string, attachmentId: string): Promise<void> {
  const record = await readJson(path, subsystemRecord);
  if (record === undefined) {
    return;
  }
  const attachments = record.attachments.filter((each) => each !== attachmentId);
  if (attachments.length > 0) {
    await writeJson(path, { ...record, attachments });
    return;
  }
  const until = Date.now() + GONE_WITHIN_MS;
  // The kernel may hold on to a connection for as long as its disk is used.
  const deleting = Promise.all((await oursOf(record)).map(deleteController));
  await Promise.race([deleting, delay(GONE_WITHIN_MS, undefined, { ref: false })]);
  while ((await oursOf(record)).length > 0) {
    if (Date.now() >= until) {
      const text = `the kernel still has its connection to ${record.nqn} after ${GONE_WITHIN_MS} ms`;
      throw new DriverError('backend_failed', text, { retryable: true });
    }
    await delay(LOOK_EVERY_MS);
  }
  await rm(path, { force: true });
}

async function oursOf({ nqn, hostNqn, portals }: SubsystemRecord): Promise<readonly NvmeController[]> {
  const all = await controllersOf(nqn);
  return all.filter((each) => each.hostNqn === hostNqn && portals.some((portal) => samePortal(portal, each.portal)));
}

function samePortal(one: NvmePortal, other: NvmePortal): boolean {
  return one.address === other.address && one.port === other.port;
}

async function readSecret(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new DriverError('backend_failed', `backends.nvmeof.secretFile can't be read: ${why}`, { cause });
  });
  const secret = text.trim();
  if (!/^DHHC-1:0[0-3]:[A-Za-z0-9+/]+={0,2}:$/.test(secret)) {
    const expected = 'expected DHHC-1:…: as `nvme gen-dhchap-key` prints it';
    throw new DriverError(
      'backend_failed',
      `backends.nvmeof.secretFile ${path} holds no secret (not shown), ${expected}`,
    );
  }
  return secret;
}

function directoryOf(settings: NvmeofBackendSettings): string {
  return settings.runtimeDirectory ?? '/run/iorcl/nvmeof';
}

function recordPath(settings: NvmeofBackendSettings, nqn: string): string {
  return join(directoryOf(settings), `${createHash('sha256').update(nqn).digest('hex').slice(0, 16)}.json`);
}
