import { AttachmentError } from '../../src/attachment/error.ts';
import { FakeClient } from '../fake-client.ts';
import type { Harness, Life } from '../harness.ts';
import { nbd } from '../nbd-access.ts';
import { refuseUnknown } from './known-errors.ts';
import { Violation } from './violation.ts';

export interface NovaAttachment {
  readonly id: string;
  readonly host: string;
  /** Of the compute host, once it was told how to reach the export. */
  client: FakeClient | undefined;
}

/** A volume as Nova and its guest know it. */
export interface NovaVolume {
  readonly id: string;
  instanceId: string;
  /** Oldest first; two during a live migration. */
  readonly attachments: NovaAttachment[];
  /** The one by which the guest writes: in a live migration one of two hosts runs it. */
  guest: NovaAttachment | undefined;
  migrating: boolean;
  /** Deletes that Nova owes: they failed, and somebody will try again. */
  readonly owed: Set<string>;
  busy: boolean;
  /** What the guest wrote and had acknowledged, by block. */
  readonly written: Map<number, string>;
}

/** Nova and the compute hooks, as far as iorcld meets them; and the guests, which write. */
export class Nova {
  readonly volumes: NovaVolume[] = [];
  /** Attachments that were deleted in Cinder around the hook, with their instance. */
  readonly bypassed = new Set<string>();
  readonly deletedInstances = new Set<string>();
  readonly #harness: Harness;
  /** Every right that was ever handed out, by attachment. */
  readonly #clients = new Map<string, FakeClient>();
  /** Attachments of which iorcld has said that they are gone. */
  readonly #ended = new Set<string>();

  constructor(harness: Harness) {
    this.#harness = harness;
  }

  add(instanceId: string): void {
    this.volumes.push({
      ...{ id: this.#harness.addVolume(), instanceId, attachments: [], guest: undefined, migrating: false },
      ...{ owed: new Set<string>(), busy: false, written: new Map<number, string>() },
    });
  }

  of(instanceId: string): readonly NovaVolume[] {
    return this.volumes.filter((one) => one.instanceId === instanceId);
  }

  /** One thing at a time is done with a volume, as Nova's locks have it. Answers whether it was done. */
  async with(volumes: readonly NovaVolume[], action: () => Promise<boolean>): Promise<boolean> {
    if (volumes.some(({ busy }) => busy)) return false;
    for (const volume of volumes) volume.busy = true;
    try {
      return await action();
    } finally {
      for (const volume of volumes) volume.busy = false;
    }
  }

  /** Attaches; after a failure rolls back as Nova does. Answers whether it is attached. */
  async attach(life: Life, volume: NovaVolume, host: string): Promise<boolean> {
    const { attachmentId: id } = this.#harness.reserve(volume.instanceId, volume.id);
    const attachment: NovaAttachment = { id, host, client: undefined };
    volume.attachments.push(attachment);
    try {
      attachment.client = await this.#create(life, volume, attachment);
      await this.#harness.cloud.complete(id);
      volume.guest ??= attachment;
      return true;
    } catch (cause) {
      refuseUnknown(cause);
      await this.detach(life, volume, id);
      return false;
    }
  }

  /** Somebody asks for a second attachment of a volume that nobody migrates. Answers whether that was refused. */
  async attachTwice(life: Life, volume: NovaVolume, host: string): Promise<boolean> {
    const { attachmentId: id } = this.#harness.reserve(volume.instanceId, volume.id);
    try {
      await life.attachments.create({ attachmentId: id, computeHost: host });
    } catch (cause) {
      refuseUnknown(cause);
      await this.detach(life, volume, id);
      return cause instanceof AttachmentError && cause.code === 'attachment_conflict';
    }
    throw new Violation(`H17: volume ${volume.id} was attached twice, and nobody migrates it`);
  }

  /** Answers whether iorcld says that it is gone. */
  async detach(life: Life, volume: NovaVolume, id: string): Promise<boolean> {
    const index = volume.attachments.findIndex((one) => one.id === id);
    if (index >= 0) volume.attachments.splice(index, 1);
    if (volume.guest?.id === id) volume.guest = volume.attachments[0];
    volume.owed.add(id);
    try {
      await life.attachments.remove(id);
    } catch (cause) {
      refuseUnknown(cause);
      if (!(cause instanceof AttachmentError) || cause.code !== 'attachment_not_found') return false;
    }
    this.#ended.add(id);
    this.#deleteInCinder(volume, id);
    return true;
  }

  async beginMigration(life: Life, volume: NovaVolume, host: string): Promise<boolean> {
    this.#setMigrating(volume, true);
    const attached = await this.attach(life, volume, host);
    if (!attached) this.#setMigrating(volume, false);
    return attached;
  }

  /** The guest runs on at `stays`, and only then the other host's attachment is deleted. */
  async endMigration(life: Life, volume: NovaVolume, stays: NovaAttachment): Promise<boolean> {
    volume.guest = stays;
    const others = volume.attachments.filter((one) => one !== stays);
    let done = true;
    for (const { id } of others) done = (await this.detach(life, volume, id)) && done;
    this.#setMigrating(volume, false);
    return done;
  }

  /** nova-api deletes an instance whose compute host is dead, without asking any hook; its volumes go to another. */
  deleteAroundTheHook(instanceId: string, heir: string): void {
    this.#harness.cloud.instances.delete(instanceId);
    this.deletedInstances.add(instanceId);
    for (const volume of this.of(instanceId)) {
      for (const id of [...volume.attachments.splice(0).map((one) => one.id), ...volume.owed]) {
        this.bypassed.add(id);
        this.#harness.cloud.cinderAttachments.delete(id);
      }
      volume.owed.clear();
      volume.guest = undefined;
      volume.migrating = false;
      volume.instanceId = heir;
    }
  }

  /** The guest writes. Without a right, a network or an export its write waits; nobody acknowledged it. */
  write(volume: NovaVolume, block: number, text: string): boolean {
    const acknowledged = volume.guest?.client?.write(block, text) ?? false;
    if (acknowledged) volume.written.set(block, text);
    return acknowledged;
  }

  /** The guest reads everything back, through its export. Answers false where that doesn't answer. */
  read(volume: NovaVolume): boolean {
    const blocks = volume.guest?.client?.read();
    if (blocks === undefined) return false;
    for (const block of new Set([...volume.written.keys(), ...blocks.keys()])) {
      const [held, wrote] = [blocks.get(block), volume.written.get(block)];
      if (held !== wrote) {
        throw new Violation(
          `block ${block} of volume ${volume.id} is ${held ?? 'empty'}, the guest wrote ${wrote ?? 'nothing'}`,
        );
      }
    }
    return true;
  }

  /**
   * Whoever was ever given a right goes on connecting, and whoever should have lost it goes on writing.
   *
   * @param forgotten whether iorcld is done with an attachment that was deleted around the hook
   */
  tryEverybody(forgotten: (attachmentId: string) => boolean): void {
    for (const [id, client] of this.#clients) {
      const connected = client.connect();
      const stale = this.#ended.has(id) || (this.bypassed.has(id) && forgotten(id));
      if (stale && connected && client.write(0, `stale ${id}`)) {
        throw new Violation(`the right of attachment ${id} has ended, and its compute host writes on`);
      }
    }
  }

  async #create(life: Life, volume: NovaVolume, { id, host }: NovaAttachment): Promise<FakeClient> {
    const access = nbd(await life.attachments.create({ attachmentId: id, computeHost: host }));
    const { driver, plugs, cloud } = this.#harness;
    // The compute host knows the instance's network by itself.
    const [port] = cloud.instancePorts.get(volume.instanceId) ?? [];
    const network = cloud.networks.get(port?.networkId ?? '');
    const own = `vlan:${network?.physicalNetwork}:${network?.segmentationId}`;
    const { address, port: tcpPort, exportName, tls } = access;
    const client = new FakeClient(driver, plugs, own, { address, port: tcpPort, exportName, ...tls });
    this.#clients.set(id, client);
    return client;
  }

  #setMigrating(volume: NovaVolume, migrating: boolean): void {
    volume.migrating = migrating;
    const any = this.of(volume.instanceId).some((one) => one.migrating);
    this.#harness.change(volume.instanceId, { taskState: any ? 'migrating' : undefined });
  }

  /** H8: only when nothing of an attachment is left may Cinder be told. */
  #deleteInCinder(volume: NovaVolume, id: string): void {
    const { driver, cloud } = this.#harness;
    cloud.cinderAttachments.delete(id);
    volume.owed.delete(id);
    const last = ![...cloud.cinderAttachments.values()].some(({ volumeId }) => volumeId === volume.id);
    for (const [instanceId, { volumes, storages }] of driver.instances) {
      if (this.deletedInstances.has(instanceId)) continue;
      for (const { attachmentId, grants } of volumes.values()) {
        if (grants.some((identity) => identity.startsWith(id))) throw new Violation(`H8: ${id} still has a right`);
        if (last && storages.get(attachmentId) === volume.id) {
          throw new Violation(`H8: volume ${volume.id} is detached, and still open`);
        }
      }
    }
  }
}
