import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const path = fileURLToPath(new URL(`../../prebuilds/${process.platform}-${process.arch}.node`, import.meta.url));
const noMusl = spawnSync('musl-gcc', ['--version']).status !== 0;

it.skipIf(noMusl)(`is loaded by musl's loader, too${noMusl ? ' (skipped: musl-gcc is not installed)' : ''}`, () => {
  const { stdout: symbols } = spawnSync('nm', ['--dynamic', '--undefined-only', path], { encoding: 'utf8' });
  const needed = Array.from(symbols.matchAll(/ U (\w+)/g), ([, name = '']) => name);
  // Node has exactly these two families of symbols; a C library's would be of neither.
  expect(needed.filter((name) => !/^(napi|uv)_/.test(name))).toEqual([]);
  const directory = mkdtempSync(join(tmpdir(), 'musl-'));
  try {
    const source = `
      #include <dlfcn.h>
      #include <stdio.h>
      ${needed.map((name) => `int ${name}(void) { return 0; }`).join('\n')}
      int main(int count, char **given) {
        void *addon = dlopen(given[count - 1], RTLD_NOW);
        if (addon == NULL) return puts(dlerror()), 1;
        return dlsym(addon, "napi_register_module_v1") == NULL ? 2 : 0;
      }`;
    writeFileSync(join(directory, 'load.c'), source);
    const program = join(directory, 'load');
    const compiled = spawnSync('musl-gcc', ['-rdynamic', '-o', program, join(directory, 'load.c')], {
      encoding: 'utf8',
    });
    expect(compiled.stderr).toBe('');
    expect(spawnSync(program, [path], { encoding: 'utf8' })).toMatchObject({ stdout: '', status: 0 });
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});
