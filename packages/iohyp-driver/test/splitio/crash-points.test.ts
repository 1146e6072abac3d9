import { afterEach, expect, it, vi } from 'vitest';
import { RecordDirectory } from '../../src/drivers/record-directory.ts';
import { type CommandRunner, DriverError, LocalCommandRunner } from '../../src/index.ts';
import { lifeVerbs, needed, runVerb } from '../../src/testing/conformance/life.ts';
import { Scene } from '../../src/testing/conformance/scene.ts';
import { SplitioSite } from './splitio-site.ts';

vi.setConfig({ testTimeout: 300_000 });

const sites: SplitioSite[] = [];
afterEach(async () => {
  vi.restoreAllMocks();
  for (const site of sites.splice(0)) {
    await site[Symbol.asyncDispose]();
  }
});

/** Lets so many commands and changes of records through, and none after: as if the process had died there. */
class Crash implements CommandRunner {
  left = Number.POSITIVE_INFINITY;
  last = '';
  readonly #local = new LocalCommandRunner();

  constructor() {
    const { write, remove } = RecordDirectory.prototype;
    const crash = this;
    vi.spyOn(RecordDirectory.prototype, 'write').mockImplementation(async function (
      this: RecordDirectory<unknown>,
      ...args
    ) {
      crash.#step('write a record');
      await write.apply(this, args);
    });
    vi.spyOn(RecordDirectory.prototype, 'remove').mockImplementation(async function (
      this: RecordDirectory<unknown>,
      ...args
    ) {
      crash.#step('remove a record');
      await remove.apply(this, args);
    });
  }

  readonly run: CommandRunner['run'] = async (command, options) => {
    this.#step(command.program);
    return this.#local.run(command, options);
  };

  #step(what: string): void {
    if (this.left <= 0) {
      throw new Error(`crashed before: ${what}`);
    }
    this.left -= 1;
    this.last = what;
  }
}

async function newScene(crash: Crash): Promise<{ readonly site: SplitioSite; readonly scene: Scene }> {
  const site = await SplitioSite.create({ runner: crash, whenBusy: 'remove' });
  sites.push(site);
  return { site, scene: await Scene.create(site) };
}

it.each(['asks again', 'cleans up'] as const)(
  'H10: splitio dies before any command, look at sysfs or record: the next one %s, and nothing is left in the end',
  async (then) => {
    const crash = new Crash();
    const { site, scene: template } = await newScene(crash);
    const life = lifeVerbs.filter((verb) => needed(verb)?.(template.driver.capabilities) !== false);
    const states: unknown[] = [];
    const shown = async (scene: Scene): Promise<unknown> =>
      (await scene.inspected()).map((state) => [state.exportName === scene.exportName, state.exportName === undefined]);
    for (const verb of life) {
      await runVerb(verb, template);
      states.push(await shown(template));
    }
    expect(await site.leftovers()).toEqual([]);
    let places = 0;
    for (const [index, verb] of life.entries()) {
      for (let [steps, over] = [0, false]; !over; steps += 1) {
        const { site: at, scene } = await newScene(crash);
        for (const earlier of life.slice(0, index)) {
          await runVerb(earlier, scene);
        }
        crash.left = steps;
        const failure = await runVerb(verb, scene).then(
          () => undefined,
          (error: unknown) => error,
        );
        crash.left = Number.POSITIVE_INFINITY;
        const where = `${verb} after ${steps} steps, the last: ${crash.last}: ${String(failure)}`;
        expect(failure === undefined || failure instanceof DriverError, where).toBe(true);
        const next = scene.seenBy(at.anotherDriver());
        if (then === 'asks again') {
          await runVerb(verb, next);
          expect(await shown(next), where).toEqual(states[index]);
          for (const later of life.slice(index + 1)) {
            await runVerb(later, next);
          }
        } else {
          await next.end();
        }
        expect(await at.leftovers(), where).toEqual([]);
        places += failure === undefined ? 0 : 1;
        over = failure === undefined;
      }
    }
    console.info(`splitio: died at ${places} places of a life with ${life.length} verbs; the next one ${then}`);
    expect(places).toBeGreaterThan(15);
  },
);
