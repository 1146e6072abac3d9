import { median, ServedVolume } from './served-volume.ts';

/** Milliseconds per verb, as a table. */
export async function measureVerbs(directory: string, rounds: number): Promise<string> {
  const volume = await ServedVolume.create(directory);
  const { driver, key } = volume;
  const interposers = [{ kind: 'throttle', iopsTotal: 1e6 }] as const;
  const verbs: Readonly<Record<string, () => Promise<unknown>>> = {
    'open (with its daemon)': () => volume.open(),
    interpose: () => driver.interpose({ key, interposers }),
    export: () => volume.export(),
    grant: () => volume.grant(),
    setQos: () => driver.setQos({ key, limits: { iopsTotal: 2e6 } }),
    inspect: () => driver.inspect(key.instanceId),
    revoke: () => driver.revoke(key, 'client'),
    unexport: () => driver.unexport(key),
    'close (with its daemon)': () => driver.close(key),
  };
  const attach = ['open (with its daemon)', 'interpose', 'export', 'grant'];
  const took = new Map<string, number[]>();
  const record = (name: string, ms: number): unknown => took.set(name, [...(took.get(name) ?? []), ms]);
  for (let round = 0; round < rounds; round += 1) {
    let attachMs = 0;
    for (const [name, run] of Object.entries(verbs)) {
      const began = performance.now();
      await run();
      const ms = performance.now() - began;
      attachMs += attach.includes(name) ? ms : 0;
      record(name, ms);
    }
    record('**attach: open to grant**', attachMs);
  }
  const lines = [...took].map(([name, values]) => `| ${name} | ${median(values).toFixed(1)} |`);
  return ['| verb | median ms |', '| --- | --: |', ...lines, ''].join('\n');
}
