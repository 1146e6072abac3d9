import { spawnSync } from 'node:child_process';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { expect, it } from 'vitest';
import { binding, loadBinding, NativeBindingError } from './binding.ts';

it('names the missing file and the command that builds it', () => {
  const load = (): unknown => loadBinding(pathToFileURL('/nonexistent/'));
  expect(load).toThrow(NativeBindingError);
  expect(load).toThrow(/\/nonexistent\/linux-\w+\.node: there is no such file; build it with "npm run native"/);
});

it('throws a TypeError for arguments of the wrong type, and calls nothing', () => {
  expect(() => Reflect.apply(binding().close, undefined, [])).toThrow(TypeError);
  expect(() => Reflect.apply(binding().bind, undefined, [1, 'text'])).toThrow(TypeError);
  expect(() => Reflect.apply(binding().connect, undefined, [1, 'text'])).toThrow(TypeError);
  expect(() => Reflect.apply(binding().watch, undefined, [1, 'text'])).toThrow(TypeError);
});

it('answers negative errno numbers', () => {
  const [ENOENT, EINVAL, ENAMETOOLONG, EBADF] = [-2, -22, -36, -9];
  expect(binding().close(1_000_000)).toBe(EBADF);
  expect(binding().connect(1_000_000, new Uint8Array(2))).toBe(EBADF);
  expect(binding().unmount('/nonexistent/x', 0)).toBe(ENOENT);
  expect(binding().unmount('/nonexistent\0', 0)).toBe(EINVAL);
  expect(binding().unmount(`/${'x'.repeat(5000)}`, 0)).toBe(ENAMETOOLONG);
});

const path = fileURLToPath(new URL(`../../prebuilds/${process.platform}-${process.arch}.node`, import.meta.url));
const noReadelf = spawnSync('readelf', ['--version']).status !== 0;

it.skipIf(noReadelf)('needs no library, so that one binary serves glibc and musl', () => {
  const { stdout } = spawnSync('readelf', ['--dynamic', path], { encoding: 'utf8' });
  expect(stdout).toContain('Dynamic section');
  expect(stdout).not.toContain('NEEDED');
});

it('lets a worker thread end while a descriptor is watched', async () => {
  const source = `
    const loaded = { exports: {} };
    process.dlopen(loaded, process.argv[2]);
    const { socket, watch } = loaded.exports;
    watch(socket(16, 3, 0), () => {});
    require('node:worker_threads').parentPort.postMessage('watching');
    setTimeout(() => process.exit(7), 20);
  `;
  const worker = new Worker(source, { eval: true, argv: [path] });
  expect(await new Promise((resolve) => worker.once('exit', resolve))).toBe(7);
});
