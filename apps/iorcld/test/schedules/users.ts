import type { Harness, Life } from '../harness.ts';
import type { Action, Possibility } from './action.ts';
import type { Nova, NovaVolume } from './nova.ts';
import type { Random } from './random.ts';

const HOSTS = ['compute-1', 'compute-2'] as const;

/** What users, guests and operators do. */
export class Users {
  readonly #harness: Harness;
  readonly #nova: Nova;
  readonly #random: Random;
  readonly #instances: { id: string; readonly network: string }[] = [];

  constructor(harness: Harness, nova: Nova, random: Random) {
    this.#harness = harness;
    this.#nova = nova;
    this.#random = random;
  }

  /** An instance with two volumes. */
  addTenant(network: string): void {
    const id = this.#harness.addInstance([network]);
    this.#instances.push({ id, network });
    for (let i = 0; i < 2; i++) this.#nova.add(id);
  }

  possibilities(life: Life): readonly Possibility[] {
    const idle = this.#nova.volumes.filter(({ busy }) => !busy);
    const free = idle.filter(({ attachments }) => attachments.length === 0);
    const attached = idle.filter(({ attachments }) => attachments.length > 0);
    const settled = attached.filter(({ migrating }) => !migrating);
    const migrating = idle.filter((volume) => volume.migrating);
    const used = this.#nova.volumes.filter(({ guest }) => guest !== undefined);
    return [
      [6, 'attach', this.#one(free, (volume) => this.#attach(life, volume))],
      [3, 'detach', this.#one(settled, (volume) => this.#detach(life, volume))],
      [3, 'begin a migration', this.#one(settled, (volume) => this.#beginMigration(life, volume))],
      [5, 'end a migration', this.#one(migrating, (volume) => this.#endMigration(life, volume))],
      [1, 'attach twice', this.#attachTwice(life)],
      [2, 'repair', this.#one(attached, (volume) => this.#repair(life, volume))],
      [1, 'limit', this.#beside(used, (volume) => this.#limit(life, volume))],
      [6, 'write', this.#beside(used, (volume) => this.#write(volume))],
      [2, 'read', this.#beside(used, (volume) => this.#nova.read(volume))],
      [2, 'reconcile', () => life.reconciler.run().then(() => true)],
      [0.3, 'delete around the hook', this.#deleteInstance()],
    ];
  }

  /** Deletes that failed are tried again. */
  async payDebts(life: Life, volume: NovaVolume): Promise<void> {
    for (const id of [...volume.owed]) await this.#nova.detach(life, volume, id);
  }

  /** With one of these, and nothing else is done with it meanwhile. */
  #one(volumes: readonly NovaVolume[], action: (volume: NovaVolume) => Promise<boolean>): Action | undefined {
    const volume = this.#random.pick(volumes);
    return volume && (() => this.#nova.with([volume], () => action(volume)));
  }

  /** With one of these, whatever else is done with it. */
  #beside(
    volumes: readonly NovaVolume[],
    action: (volume: NovaVolume) => Promise<boolean> | boolean,
  ): Action | undefined {
    const volume = this.#random.pick(volumes);
    return volume && (() => action(volume));
  }

  async #attach(life: Life, volume: NovaVolume): Promise<boolean> {
    await this.payDebts(life, volume);
    // Cinder lets a volume be reserved only once it is available again.
    return volume.owed.size === 0 && this.#nova.attach(life, volume, HOSTS[0]);
  }

  async #detach(life: Life, volume: NovaVolume): Promise<boolean> {
    const [attachment] = volume.attachments;
    const done = attachment !== undefined && (await this.#nova.detach(life, volume, attachment.id));
    await this.payDebts(life, volume);
    return done;
  }

  async #beginMigration(life: Life, volume: NovaVolume): Promise<boolean> {
    await this.payDebts(life, volume);
    const host = volume.guest?.host === HOSTS[0] ? HOSTS[1] : HOSTS[0];
    return this.#nova.beginMigration(life, volume, host);
  }

  /** One way or the other. */
  async #endMigration(life: Life, volume: NovaVolume): Promise<boolean> {
    const [source, destination] = volume.attachments;
    const stays = this.#random.chance(0.7) ? destination : source;
    return stays !== undefined && this.#nova.endMigration(life, volume, stays);
  }

  #attachTwice(life: Life): Action | undefined {
    const volume = this.#random.pick(this.#nova.volumes.filter(({ attachments }) => attachments.length === 1));
    if (volume === undefined) return undefined;
    const all = this.#nova.of(volume.instanceId);
    if (all.some(({ migrating, busy }) => migrating || busy)) return undefined;
    const host = this.#random.pick(HOSTS) ?? HOSTS[0];
    return () => this.#nova.with(all, () => this.#nova.attachTwice(life, volume, host));
  }

  async #repair(life: Life, volume: NovaVolume): Promise<boolean> {
    const [attachment] = volume.attachments;
    if (attachment === undefined) return false;
    await life.attachments.repair(attachment.id);
    return true;
  }

  async #limit(life: Life, { guest }: NovaVolume): Promise<boolean> {
    if (guest === undefined) return false;
    const limits = this.#random.chance(0.5) ? undefined : { iopsTotal: 1 + this.#random.below(1_000) };
    await life.attachments.setQos(guest.id, limits);
    return true;
  }

  #write(volume: NovaVolume): boolean {
    return this.#nova.write(volume, this.#random.below(16), `${volume.id} ${this.#random.next()}`);
  }

  /** Another instance takes its place, and somebody its volumes. */
  #deleteInstance(): Action | undefined {
    const instance = this.#random.pick(this.#instances);
    if (instance === undefined || this.#nova.of(instance.id).some(({ busy }) => busy)) return undefined;
    return () => {
      const gone = instance.id;
      instance.id = this.#harness.addInstance([instance.network]);
      this.#nova.deleteAroundTheHook(gone, this.#random.pick(this.#instances)?.id ?? instance.id);
      return true;
    };
  }
}
