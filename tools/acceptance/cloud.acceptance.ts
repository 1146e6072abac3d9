import { afterAll, beforeAll, describe, it } from 'vitest';
import type { Path } from './operation.ts';
import { families } from './registry.ts';
import { ResultLog } from './report/result-log.ts';
import { Residents } from './scene/residents.ts';
import { Scene } from './scene/scene.ts';
import { buildStage, type Stage } from './stage/stage.ts';
import { NOT_COMPARED, WITHOUT_COMPARISON } from './without-comparison.ts';

const BOTH: readonly Path[] = ['io', 'stock'];

describe('on a real cloud', () => {
  let stage: Stage;
  let residents: Readonly<Record<Path, Residents>>;
  const log = new ResultLog();

  beforeAll(async () => {
    stage = await buildStage();
    residents = { io: new Residents(stage, 'io'), stock: new Residents(stage, 'stock') };
  });

  afterAll(async () => {
    try {
      await Promise.all([residents?.io.leave(), residents?.stock.leave()]);
    } finally {
      await stage?.clear();
    }
  });

  for (const family of families) {
    describe(family.title, () => {
      for (const { title, paths = BOTH, run } of family.operations) {
        for (const path of paths) {
          it(`${title} (${path})`, async ({ skip }) => {
            if (path === 'stock' && paths.includes('io') && process.env[WITHOUT_COMPARISON] === '1') skip(NOT_COMPARED);
            const scene = new Scene(stage, path, residents[path]);
            const result = log.begin({ family: family.title, operation: title, path });
            try {
              await scene.play(run, residents);
              result.passed(scene.steps);
            } catch (cause) {
              if (scene.unable !== undefined) {
                result.skipped(scene.unable);
                skip(scene.unable);
              }
              result.failed(scene.steps, cause instanceof Error ? cause.message : String(cause));
              throw cause;
            }
          });
        }
      }
    });
  }
});
