import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rolldown } from 'rolldown';

/** A program in one file of its own. */
export interface Bundle extends Disposable {
  readonly file: string;
  /** Environment in which it starts fastest. */
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * Makes a program that starts in a seventh of the time which it takes from its sources: where hundreds of processes are
 * started, that is most of what they cost.
 *
 * @param entry a program that does nothing, and ends, when nobody talks to it
 */
export async function bundle(entry: string): Promise<Bundle> {
  const directory = mkdtempSync(join(tmpdir(), 'iorcld-bundle-'));
  const file = join(directory, 'program.mjs');
  const environment = { NODE_COMPILE_CACHE: join(directory, 'compiled') };
  try {
    await using build = await rolldown({
      input: entry,
      platform: 'node',
      resolve: { conditionNames: ['@iorcl/source', 'node', 'import', 'default'] },
      // Nothing here talks over SSH, and it loads binaries.
      external: ['ssh2', /\.node$/],
      treeshake: { moduleSideEffects: 'no-external' },
      logLevel: 'warn',
    });
    await build.write({ file, format: 'esm', codeSplitting: false, minify: true });
    // A process that is killed leaves no compiled code for the next one; this one does.
    execFileSync(process.execPath, [file], { env: environment });
  } catch (cause) {
    rmSync(directory, { recursive: true });
    throw cause;
  }
  return { file, environment, [Symbol.dispose]: () => rmSync(directory, { recursive: true, force: true }) };
}
