import { rejects } from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import {
  type ConnectionInfo,
  DriverError,
  type DriverErrorCode,
  type IoHypervisorDriver,
  type Listener,
  type OpenRequest,
  type VolumeKey,
  type VolumeState,
} from '../../contract.ts';
import type { ConformanceClient, ConformanceSite, ConformanceVolume } from './harness.ts';

const MIB = 1024 * 1024;

/** One volume of one instance, and what a test does with it. */
export class Scene {
  readonly site: ConformanceSite;
  readonly driver: IoHypervisorDriver;
  readonly key: VolumeKey;
  readonly volume: ConformanceVolume;
  readonly listener: Listener;
  readonly exportName: string;
  readonly credentials: { readonly identity: string; readonly secretHex: string };

  private constructor(
    site: ConformanceSite,
    key: VolumeKey,
    volume: ConformanceVolume,
    listener: Listener,
    credentials: Scene['credentials'] = { identity: key.attachmentId, secretHex: randomSecret() },
    driver: IoHypervisorDriver = site.driver,
  ) {
    this.driver = driver;
    this.site = site;
    this.key = key;
    this.volume = volume;
    this.listener = listener;
    this.exportName = `volume-${key.attachmentId}`;
    this.credentials = credentials;
  }

  static async create(site: ConformanceSite): Promise<Scene> {
    const key = { instanceId: randomUUID(), attachmentId: randomUUID() };
    return new Scene(site, key, await site.newVolume(4 * MIB), await site.newListener());
  }

  /** Another volume of the same instance. */
  async sibling(): Promise<Scene> {
    const key = { instanceId: this.key.instanceId, attachmentId: randomUUID() };
    return new Scene(this.site, key, await this.site.newVolume(2 * MIB), this.listener);
  }

  /** A volume of another instance. */
  async otherInstance(): Promise<Scene> {
    return Scene.create(this.site);
  }

  /** The same storage, for another instance. */
  async sharer(): Promise<Scene> {
    const key = { instanceId: randomUUID(), attachmentId: randomUUID() };
    return new Scene(this.site, key, this.volume, await this.site.newListener());
  }

  /** The same volume, through another driver object. */
  seenBy(driver: IoHypervisorDriver): Scene {
    const { key, volume, listener, credentials } = this;
    return new Scene(this.site, key, volume, listener, credentials, driver);
  }

  request(change: Partial<OpenRequest> = {}): OpenRequest {
    const { key, listener } = this;
    return { key, listener, connectionInfo: this.volume.connectionInfo, readOnly: false, ...change };
  }

  withConnectionInfo(change: ConnectionInfo): OpenRequest {
    return this.request({ connectionInfo: { ...this.volume.connectionInfo, ...change } });
  }

  open(change: Partial<OpenRequest> = {}): Promise<VolumeState> {
    return this.driver.open(this.request(change));
  }

  export(readOnly = false): Promise<VolumeState> {
    return this.driver.export({ key: this.key, exportName: this.exportName, readOnly });
  }

  grant(): Promise<VolumeState> {
    return this.driver.grant({ key: this.key, ...this.credentials });
  }

  /** Every volume of the instance as `inspect` answers it. */
  async inspected(): Promise<readonly VolumeState[]> {
    return (await this.driver.inspect(this.key.instanceId))?.volumes ?? [];
  }

  /** All the way to a volume that a client can use. */
  async serve(change: Partial<OpenRequest> = {}): Promise<ConformanceClient> {
    await this.open(change);
    await this.export();
    await this.grant();
    return this.client();
  }

  /** All the way back. */
  async end(): Promise<void> {
    const { driver } = this;
    await driver.revoke(this.key, this.credentials.identity);
    await driver.unexport(this.key);
    await driver.close(this.key);
  }

  client(credentials: Scene['credentials'] | undefined = this.credentials): ConformanceClient {
    return this.site.client({ listener: this.listener, exportName: this.exportName, credentials });
  }

  plainClient(): ConformanceClient {
    return this.site.client({ listener: this.listener, exportName: this.exportName, credentials: undefined });
  }
}

export function randomSecret(): string {
  return (randomUUID() + randomUUID()).replaceAll('-', '');
}

/** Asserts that a verb is refused with this code, and that the message holds each of `words`. */
export async function refused(verb: Promise<unknown>, code: DriverErrorCode, ...words: string[]): Promise<void> {
  await rejects(verb, (error: unknown) => {
    const fits = error instanceof DriverError && error.code === code;
    if (!fits || !words.every((word) => error.message.includes(word))) {
      throw new Error(`expected "${code}" with ${JSON.stringify(words)}, got ${String(error)}`, { cause: error });
    }
    return true;
  });
}
