import { expect, it } from 'vitest';
import { type ScriptedAnswer, type ScriptedCloud, scriptedCloud } from '../../test/scripted-cloud.ts';
import { ResourceFailedError } from '../error/resource-failed-error.ts';

const soon = { intervalMs: 1 };

function seen(status: string, more: object = {}): ScriptedAnswer {
  const flavor = { original_name: 'm1', vcpus: 1, ram: 1 };
  return { body: { server: { id: 's', name: 's', status, tenant_id: 'p', flavor, ...more } } };
}

/** A cloud whose server is what the list says, look by look, and then as at its end. */
function cloudWith(...looks: readonly ScriptedAnswer[]): Promise<ScriptedCloud> {
  return scriptedCloud((_, index) => looks[Math.min(index, looks.length - 1)] ?? { status: 500 });
}

it('waiting ends when the server has the status and nothing more is done with it', async () => {
  const cloud = await cloudWith(
    seen('BUILD'),
    seen('ACTIVE', { 'OS-EXT-STS:task_state': 'powering-on' }),
    seen('ACTIVE'),
  );
  expect((await cloud.client().compute.servers.waitFor('s', 'ACTIVE', soon)).status).toBe('ACTIVE');
  expect(cloud.requests).toHaveLength(3);
});

it('waiting fails at once, with the reason, when the server goes into ERROR', async () => {
  const cloud = await cloudWith(seen('BUILD'), seen('ERROR', { fault: { message: 'No valid host was found.' } }));
  const wait = cloud.client().compute.servers.waitFor({ id: 's' }, 'ACTIVE', soon);
  await expect(wait).rejects.toThrow(ResourceFailedError);
  await expect(wait).rejects.toMatchObject({ code: 'resource_failed', fault: 'No valid host was found.' });
  await expect(wait).rejects.toThrow('server s to become ACTIVE failed: it is ERROR: No valid host was found.');
});

it('an ERROR that is wanted is no failure', async () => {
  const cloud = await cloudWith(seen('ERROR'));
  expect((await cloud.client().compute.servers.waitFor('s', 'ERROR', soon)).status).toBe('ERROR');
});

it('a look that fails for a moment is repeated; one that fails for good ends the waiting', async () => {
  const cloud = await cloudWith({ status: 503 }, { status: 503 }, seen('ACTIVE'));
  const client = cloud.client({ retry: { attempts: 1 } });
  expect((await client.compute.servers.waitFor('s', 'ACTIVE', soon)).status).toBe('ACTIVE');
  const gone = await cloudWith({ status: 404 });
  await expect(gone.client().compute.servers.waitFor('s', 'ACTIVE', soon)).rejects.toMatchObject({ code: 'not_found' });
});

it('waiting ends with its deadline, which says what was seen last, and with its signal', async () => {
  const cloud = await cloudWith(seen('BUILD', { 'OS-EXT-STS:task_state': 'spawning' }));
  const late = cloud.client().compute.servers.waitFor('s', 'ACTIVE', { intervalMs: 5, timeoutMs: 2_000 });
  await expect(late).rejects.toMatchObject({ code: 'timeout', message: expect.stringContaining('BUILD (spawning)') });
  const signal = AbortSignal.abort('enough');
  const aborted = cloud.client().compute.servers.waitFor('s', 'ACTIVE', { signal });
  await expect(aborted).rejects.toMatchObject({ code: 'aborted', cause: 'enough' });
});

it('waiting for the end of a server takes 404 as its end', async () => {
  const cloud = await cloudWith(seen('ACTIVE', { 'OS-EXT-STS:task_state': 'deleting' }), { status: 404 });
  await cloud.client().compute.servers.waitUntilDeleted('s', soon);
  expect(cloud.requests).toHaveLength(2);
});

it('volumes, snapshots and images are waited for in the same way', async () => {
  let look = 0;
  const cloud = await scriptedCloud(({ path }) => {
    look += 1;
    const status = (before: string, after: string): string => (look % 2 === 1 ? before : after);
    if (path.startsWith('image'))
      return { body: { id: 'i', status: path.includes('bad') ? 'killed' : status('saving', 'active') } };
    const bad = path.includes('bad') ? 'error' : undefined;
    if (path.includes('snapshots')) {
      const snapshot = { id: 'n', volume_id: 'v', size: 1, status: bad ?? status('creating', 'available') };
      return { body: { snapshot } };
    }
    return { body: { volume: { id: 'v', size: 1, attachments: [], status: bad ?? status('creating', 'available') } } };
  });
  const { blockStorage, image } = cloud.client();
  expect((await blockStorage.volumes.waitFor('v', 'available', soon)).status).toBe('available');
  expect((await blockStorage.snapshots.waitFor('n', 'available', soon)).status).toBe('available');
  expect((await image.images.waitFor('i', 'active', soon)).status).toBe('active');
  await expect(blockStorage.volumes.waitFor('bad', 'available', soon)).rejects.toThrow(ResourceFailedError);
  await expect(blockStorage.snapshots.waitUntilDeleted('bad', soon)).rejects.toThrow(ResourceFailedError);
  await expect(blockStorage.volumes.waitUntilDeleted('bad', soon)).rejects.toThrow(ResourceFailedError);
  await expect(image.images.waitFor('bad', 'active', soon)).rejects.toThrow('Glance could not store its data');
});
