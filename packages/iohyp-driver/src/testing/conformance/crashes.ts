import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { DriverError } from '../../contract.ts';
import type { Behaviour } from './behaviour.ts';
import { byChance } from './chance.ts';
import { type LifeVerb, lifeVerbs, liveUntil, needed, runVerb, sizeAfter } from './life.ts';
import { refused, type Scene } from './scene.ts';

/** What a crash or an abortion leaves, at every place of a volume's life. */
export const crashBehaviours: readonly Behaviour[] = lifeVerbs.flatMap((verb) =>
  [
    {
      title: `H10: a control plane that dies after "${verb}" leaves what the next one can clean up, or carry on with`,
      run: (scene: Scene) => nextOneCopes(scene, verb, async () => {}),
    },
    {
      title: `H10: a data plane that dies after "${verb}" leaves what the next control plane can clean up, or carry on with`,
      run: (scene: Scene) => nextOneCopes(scene, verb, () => scene.site.killDataPlane(scene.key.instanceId)),
    },
    {
      title: `H10: a data plane that dies during "${verb}" doesn't hold it up, and what is left can be cleaned up`,
      run: (scene: Scene) => byChance((chance) => diesDuring(scene, verb, chance)),
    },
    {
      title: `"${verb}" that is aborted before it began says so and changes nothing; aborted under way and asked again, it has done what it does undisturbed`,
      run: (scene: Scene) => byChance((chance) => aborted(scene, verb, chance)),
    },
  ].map((behaviour) => {
    const needs = needed(verb);
    return needs === undefined ? behaviour : { ...behaviour, needs };
  }),
);

/** Of two volumes of one instance that got as far, the next control plane ends one, and serves the other. */
async function nextOneCopes(scene: Scene, verb: LifeVerb, crash: () => Promise<void>): Promise<void> {
  const both = [scene, await scene.sibling()];
  for (const each of both) {
    await liveUntil(verb, each);
    await runVerb(verb, each);
  }
  await crash();
  const [carriedOn, cleaned] = both.map((each) => each.seenBy(scene.site.anotherDriver()));
  await cleaned?.end();
  const client = await carriedOn?.serve();
  const [state, ...others] = await scene.inspected();
  deepStrictEqual(others, []);
  strictEqual(state?.attachmentId, scene.key.attachmentId);
  strictEqual(await client?.sizeBytes(), state.sizeBytes);
  await carriedOn?.end();
  deepStrictEqual(await scene.site.leftovers(), []);
}

async function diesDuring(scene: Scene, verb: LifeVerb, chance: () => number): Promise<void> {
  await liveUntil(verb, scene);
  const running = runVerb(verb, scene).then(
    () => undefined,
    (error: unknown) => error,
  );
  await delay(chance() * 20);
  await scene.site.killDataPlane(scene.key.instanceId);
  const error = await running;
  ok(error === undefined || error instanceof DriverError, `a DriverError, not ${String(error)}`);
  await scene.site.killDataPlane(scene.key.instanceId);
  await scene.seenBy(scene.site.anotherDriver()).end();
  strictEqual(await scene.site.driver.inspect(scene.key.instanceId), undefined);
  deepStrictEqual(await scene.site.leftovers(), []);
}

async function aborted(scene: Scene, verb: LifeVerb, chance: () => number): Promise<void> {
  const undisturbed = await scene.sibling();
  await liveUntil(verb, scene);
  await liveUntil(verb, undisturbed);
  const before = await scene.site.driver.inspect(scene.key.instanceId);
  await refused(runVerb(verb, scene, { signal: AbortSignal.abort() }), 'aborted');
  deepStrictEqual(await scene.site.driver.inspect(scene.key.instanceId), before);
  const controller = new AbortController();
  const running = runVerb(verb, scene, { signal: controller.signal }).then(
    () => undefined,
    (error: unknown) => error,
  );
  await delay(chance() * 20);
  controller.abort();
  const error = await running;
  ok(error === undefined || (error instanceof DriverError && error.code === 'aborted'), String(error));
  await runVerb(verb, scene);
  await runVerb(verb, undisturbed);
  deepStrictEqual(await shown(verb, scene), await shown(verb, undisturbed));
  await scene.end();
  await undisturbed.end();
  deepStrictEqual(await scene.site.leftovers(), []);
}

/** What may be compared between two volumes: their states, but for the attachment's id, which all names of a scene hold. */
async function shown(verb: LifeVerb, scene: Scene): Promise<unknown> {
  const { attachmentId } = scene.key;
  const state = (await scene.inspected()).find((one) => one.attachmentId === attachmentId);
  if (state === undefined) return undefined;
  const sizeBytes = state.sizeBytes === sizeAfter(verb, scene) ? 'as it must be' : state.sizeBytes;
  return JSON.parse(JSON.stringify({ ...state, sizeBytes }).replaceAll(attachmentId, 'ITS-OWN'));
}
