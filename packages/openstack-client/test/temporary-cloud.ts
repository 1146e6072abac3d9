import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { OpenStackClient, type OpenStackClientOptions, passwordAuth } from '../src/index.ts';
import { FakeCloud, type FakeCloudOptions, type FakeCredentials } from '../src/testing/index.ts';

/** A fake cloud for one test; it is gone with its files when the test is over, however it ends. */
export async function temporaryCloud(options: Partial<FakeCloudOptions> = {}): Promise<FakeCloud> {
  const directory = await mkdtemp(join(tmpdir(), 'openstack-client-'));
  const cloud = await FakeCloud.start({ volumesDirectory: directory, ...options });
  onTestFinished(async () => {
    await cloud.stop();
    await rm(directory, { recursive: true, force: true });
  });
  return cloud;
}

export function clientOf(credentials: FakeCredentials, options: Partial<OpenStackClientOptions> = {}): OpenStackClient {
  const client = new OpenStackClient({ auth: passwordAuth(credentials), ...options });
  onTestFinished(() => client.close());
  return client;
}
