import { expect, it } from 'vitest';
import { complaints } from './contents.ts';

const GOOD = ['package.json', 'README.md', 'LICENSE', 'dist/index.js', 'dist/index.d.ts'];
const of = (files: readonly string[], text = '', bytes = 100): readonly string[] =>
  complaints(files, bytes, 1000, () => text);

it('a package of what was built, its README and licence may be published', () => {
  expect(of(GOOD)).toEqual([]);
});

it('sources, tests, maps and what is missing are named', () => {
  expect(of([...GOOD, 'src/index.ts', 'dist/wire/reader.test.js', 'dist/index.js.map', 'out-tsc/a.js'])).toEqual([
    'src/index.ts is a source: users get what was built of it',
    'dist/wire/reader.test.js is a test',
    'dist/index.js.map is a map to sources that are not there',
    'out-tsc/a.js is not ours to publish',
  ]);
  expect(of(['package.json', 'LICENSE'])).toEqual(['README.md is missing']);
});

it('neither is it too large, nor does it refer to maps that are not there', () => {
  expect(of(GOOD, '', 1001)).toEqual(['the tarball has 1001 bytes, more than 1000']);
  expect(of(GOOD, 'code\n//# sourceMappingURL=index.js.map')).toEqual([
    'dist/index.js refers to a source map that is not there',
  ]);
  expect(of(GOOD, 'code\n//# sourceMappingURL=data:application/json;base64,e30=')).toEqual([]);
});
