import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { addPort, deletePort, findPorts, type OvsdbChange, OvsdbClient } from '../../src/index.ts';
import { enterFreshNamespace, type FreshNamespace } from '../../src/testing/index.ts';
import { type RealSwitch, startSwitch, whyNoOvs } from './real-switch.ts';

describe('a monitor of a real Open vSwitch', () => {
  let fresh: FreshNamespace;
  let real: RealSwitch;
  beforeEach(async ({ skip }) => {
    if (whyNoOvs !== undefined) skip(whyNoOvs);
    fresh = await enterFreshNamespace();
    real = await startSwitch();
  });
  afterEach(async () => {
    if (whyNoOvs !== undefined) return;
    await real.stop();
    fresh.leave();
  });

  it('tells what is there, and then each change: a port that comes, gets its number, and goes', async () => {
    using watcher = await OvsdbClient.connect(real.ovsdb);
    const changes = watcher.monitor({ Interface: ['name', 'ofport'] });
    const present = (await changes.next()).value;
    expect(present.map(({ kind }) => kind)).toEqual(['present', 'present']);

    const externalIds = { test: 'monitor' };
    const added = await addPort(real.client, { bridge: 'br-p1', name: 'p0', externalIds });
    if (!added.ok) throw added.error;
    // The server may tell several transactions at once.
    const until = async (isLast: (change: OvsdbChange) => boolean): Promise<OvsdbChange[]> => {
      const seen: OvsdbChange[] = [];
      while (!seen.some(isLast)) seen.push(...(await changes.next()).value);
      return seen;
    };
    const numbered = await until((change) => change.kind !== 'deleted' && change.row['ofport'] === added.openFlowPort);
    expect(numbered[0]).toMatchObject({ kind: 'inserted', table: 'Interface', row: { name: 'p0' } });

    const [port] = await findPorts(real.client, externalIds);
    await deletePort(real.client, port?.uuid ?? '');
    const deleted = await until(({ kind }) => kind === 'deleted');
    expect(deleted.at(-1)).toMatchObject({ kind: 'deleted', before: { name: 'p0' } });
  });

  it('ends with the reason of its signal, and the connection goes on', async () => {
    const controller = new AbortController();
    const changes = real.client.monitor({ Bridge: ['name'] }, { signal: controller.signal });
    await changes.next();
    const next = changes.next();
    controller.abort(new Error('enough'));
    await expect(next).rejects.toThrow('enough');
    expect(await findPorts(real.client, { nobody: 'has' })).toEqual([]);
  });

  it('ends when the connection breaks', async () => {
    const watcher = await OvsdbClient.connect(real.ovsdb);
    const changes = watcher.monitor({ Bridge: ['name'] });
    await changes.next();
    const next = changes.next();
    watcher.close();
    await expect(next).rejects.toMatchObject({ code: 'ovsdb_unreachable' });
  });

  it('is refused for a table that is not there', async () => {
    const changes = real.client.monitor({ Nonsense: ['name'] });
    await expect(changes.next()).rejects.toMatchObject({ code: 'ovsdb_refused' });
  });
});
