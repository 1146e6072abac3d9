import { AttachmentError } from '../../src/attachment/error.ts';
import { networkKey } from '../../src/attachment/record.ts';
import type { Harness, Life } from '../harness.ts';
import { nbd } from '../nbd-access.ts';

/** A right that a compute host was given. */
export interface Access {
  readonly exportName: string;
  readonly identity: string;
  readonly secretHex: string;
}

export interface NovaAttachment {
  readonly id: string;
  readonly host: string;
  access: Access | undefined;
}

/** A volume as Nova and its guest know it. */
export interface NovaVolume {
  readonly id: string;
  readonly instanceId: string;
  /** Oldest first; two during a live migration. */
  readonly attachments: NovaAttachment[];
  /** Deletes that Nova owes: they failed, and somebody will try again. */
  readonly owed: Set<string>;
  busy: boolean;
  /** What the guest wrote and had acknowledged, by block. */
  readonly written: Map<number, string>;
}

/** A rule of iorcl's was broken. */
export class Violation extends Error {
  override readonly name = 'Violation';
}

/** Nova and the compute hook, as far as iorcld meets them; and the guests, which write. */
export class Nova {
  readonly volumes: NovaVolume[] = [];
  readonly #harness: Harness;
  /** What storage holds, by volume and block: the truth. */
  readonly disks = new Map<string, Map<number, string>>();
  /** Attachments that were deleted in Cinder around the hook. */
  readonly bypassed = new Set<string>();

  constructor(harness: Harness) {
    this.#harness = harness;
  }

  add(instanceId: string): void {
    const id = this.#harness.addVolume();
    this.disks.set(id, new Map());
    this.volumes.push({ id, instanceId, attachments: [], owed: new Set(), busy: false, written: new Map() });
  }

  /** One thing at a time is done with a volume, as Nova's locks have it. */
  async with(volume: NovaVolume, action: () => Promise<void>): Promise<void> {
    if (volume.busy) return;
    volume.busy = true;
    try {
      await action();
    } finally {
      volume.busy = false;
    }
  }

  /** Attaches; after a failure rolls back as Nova does. */
  async attach(life: Life, volume: NovaVolume, host: string): Promise<void> {
    const { attachmentId: id } = this.#harness.reserve(volume.instanceId, volume.id);
    const attachment: NovaAttachment = { id, host, access: undefined };
    volume.attachments.push(attachment);
    try {
      const access = nbd(await life.attachments.create({ attachmentId: id, computeHost: host }));
      attachment.access = {
        exportName: access.exportName,
        identity: access.tls.identity,
        secretHex: access.tls.secretHex,
      };
      await this.#harness.cloud.complete(id);
    } catch {
      await this.detach(life, volume, id);
    }
  }

  async detach(life: Life, volume: NovaVolume, id: string): Promise<void> {
    const index = volume.attachments.findIndex((one) => one.id === id);
    if (index >= 0) volume.attachments.splice(index, 1);
    volume.owed.add(id);
    try {
      await life.attachments.remove(id);
    } catch (cause) {
      if (!(cause instanceof AttachmentError) || cause.code !== 'attachment_not_found') return;
    }
    this.#deleteInCinder(volume, id);
  }

  /** nova-api deletes an instance whose compute host is dead, without asking any hook. */
  deleteAroundTheHook(instanceId: string): void {
    this.#harness.cloud.instances.delete(instanceId);
    for (const volume of this.volumes.filter((one) => one.instanceId === instanceId)) {
      for (const id of [...volume.attachments.splice(0).map((one) => one.id), ...volume.owed]) {
        this.bypassed.add(id);
        this.#harness.cloud.cinderAttachments.delete(id);
      }
      volume.owed.clear();
    }
  }

  /** The guest writes. Without a right, a network or an export its write waits; nobody acknowledged it. */
  write(volume: NovaVolume, block: number, text: string): boolean {
    // During a migration Nova lets one of the two hosts run the guest: the older until the end.
    const access = volume.attachments[0]?.access;
    if (access === undefined) return false;
    const { driver, plugs } = this.#harness;
    const instance = driver.instances.get(volume.instanceId);
    const found = [...(instance?.volumes.values() ?? [])].find((one) => one.exportName === access.exportName);
    if (found === undefined || !found.grants.includes(access.identity)) return false;
    if (driver.secrets.get(access.identity) !== access.secretHex) return false;
    if (plugs.plugged.size === 0) return false;
    const storage = driver.storages.get(`${volume.instanceId}/${found.attachmentId}`);
    if (storage !== volume.id) throw new Violation(`the export of volume ${volume.id} leads to ${storage}`);
    this.disks.get(volume.id)?.set(block, text);
    volume.written.set(block, text);
    return true;
  }

  /** What must hold at every moment. */
  check(): void {
    const { driver, cloud, plugs } = this.#harness;
    const openBy = new Map<unknown, string>();
    for (const [instanceId, { volumes }] of driver.instances) {
      for (const { attachmentId, grants } of volumes.values()) {
        const storage = driver.storages.get(`${instanceId}/${attachmentId}`);
        const other = openBy.get(storage);
        if (other !== undefined) throw new Violation(`volume ${storage} is open twice: ${other}, ${attachmentId}`);
        openBy.set(storage, attachmentId);
        if (grants.length > 2) throw new Violation(`three compute hosts may write to ${storage}`);
        for (const identity of grants) {
          const id = identity.slice(0, 36);
          if (!cloud.cinderAttachments.has(id) && !this.bypassed.has(id)) {
            throw new Violation(`H8: ${id} has a right to ${storage}, but Cinder has forgotten it`);
          }
        }
      }
    }
    for (const { network } of plugs.plugged.values()) {
      if (networkKey(network).includes('-')) throw new Violation(`H13: network ${networkKey(network)}`);
    }
  }

  /** H8: only when nothing of an attachment is left may Cinder be told. */
  #deleteInCinder(volume: NovaVolume, id: string): void {
    const { driver, cloud } = this.#harness;
    cloud.cinderAttachments.delete(id);
    volume.owed.delete(id);
    const last = ![...cloud.cinderAttachments.values()].some(({ volumeId }) => volumeId === volume.id);
    for (const [instanceId, { volumes }] of driver.instances) {
      for (const { attachmentId, grants } of volumes.values()) {
        const storage = driver.storages.get(`${instanceId}/${attachmentId}`);
        if (grants.some((identity) => identity.startsWith(id))) throw new Violation(`H8: ${id} still has a right`);
        if (last && storage === volume.id) throw new Violation(`H8: volume ${volume.id} is detached, and still open`);
      }
    }
  }
}
