import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const path = fileURLToPath(new URL(`../../prebuilds/${process.platform}-${process.arch}.node`, import.meta.url));
const noMusl = spawnSync('musl-gcc', ['--version']).status !== 0;

/**
 * In Node's place: what the binding asks of Node-API when it is registered and when a function of it is called. It asks the
 * kernel for the loopback link.
 */
const standIn = `
  #include <dlfcn.h>
  #include <stdio.h>
  #include <string.h>
  struct bytes { void *data; size_t length; };
  static long given[4], answered;
  static struct { const char *name; void *(*call)(void *, void *); } made[32];
  static int count;
  int napi_create_function(void *env, const char *name, size_t n, void *(*call)(void *, void *), void *d, void **out) {
    made[count].name = name, made[count++].call = call;
    return 0;
  }
  int napi_get_cb_info(void *env, void *info, size_t *n, void **values, void *self, void *data) {
    memcpy(values, given, *n * sizeof *values);
    return 0;
  }
  int napi_get_value_int64(void *env, void *value, long *out) { return *out = (long)value, 0; }
  int napi_create_int64(void *env, long value, void **out) { return answered = value, 0; }
  int napi_is_typedarray(void *env, void *value, _Bool *out) { return *out = 1, 0; }
  int napi_get_typedarray_info(void *env, struct bytes *value, int *type, size_t *n, void **data, void *b, void *o) {
    return *type = 1, *n = value->length, *data = value->data, 0;
  }
  static long call(const char *name, long a, long b, long c) {
    given[0] = a, given[1] = b, given[2] = c;
    for (int i = 0; i < count; i++) if (strcmp(made[i].name, name) == 0) return made[i].call(0, 0), answered;
    return -1;
  }
  int main(int n, char **arguments) {
    void *addon = dlopen(arguments[n - 1], RTLD_NOW);
    if (addon == NULL) return puts(dlerror()), 1;
    void *(*start)(void *, void *) = (void *(*)(void *, void *))dlsym(addon, "napi_register_module_v1");
    if (start == NULL) return 2;
    start(0, 0);
    unsigned char address[12] = {16}, reply[4096], ask[32] = {32, 0, 0, 0, 18, 0, 1, 0, 1, [20] = 1};
    struct bytes name = {address, 12}, question = {ask, 32}, answer = {reply, 4096}, sender = {address, 12};
    long fd = call("socket", 16, 3, 0);
    if (fd < 0 || call("bind", fd, (long)&name, 0) != 0) return 3;
    if (call("send", fd, (long)&question, 0) != 32) return 4;
    long length = call("receive", fd, (long)&answer, (long)&sender);
    return length > 32 && reply[4] == 16 && call("close", fd, 0, 0) == 0 ? 0 : 5;
  }`;

it.skipIf(noMusl)(
  `is loaded by musl's loader, too, and asks the kernel${noMusl ? ' (skipped: musl-gcc is not installed)' : ''}`,
  () => {
    const { stdout: symbols } = spawnSync('nm', ['--dynamic', '--undefined-only', path], { encoding: 'utf8' });
    const needed = Array.from(symbols.matchAll(/ U (\w+)/g), ([, name = '']) => name);
    // Node has exactly these two families of symbols; a C library's would be of neither.
    expect(needed.filter((name) => !/^(napi|uv)_/.test(name))).toEqual([]);
    const directory = mkdtempSync(join(tmpdir(), 'musl-'));
    try {
      const source = `${standIn}
      ${needed
        .filter((name) => !standIn.includes(` ${name}(`))
        .map((name) => `int ${name}(void) { return 0; }`)
        .join('\n')}`;
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
  },
);
