/** What no published package may hold, and why. */
const UNWANTED: readonly (readonly [pattern: RegExp, why: string])[] = [
  [/(?:^|\/)src\//, 'a source: users get what was built of it'],
  [/\.test\.|(?:^|\/)test\/|(?:^|\/)fixtures\//, 'a test'],
  [/\.map$/, 'a map to sources that are not there'],
  [/\.tsbuildinfo$|(?:^|\/)tsconfig[^/]*\.json$/, "the compiler's own"],
  [/(?:^|\/)(?:node_modules|out-tsc|test-results|lab-results|coverage)\//, 'not ours to publish'],
];
const WANTED: readonly string[] = ['package.json', 'README.md', 'LICENSE'];

/** Complaints about the contents of a package; none: it may be published. */
export function complaints(
  files: readonly string[],
  tarballBytes: number,
  limitBytes: number,
  read: (path: string) => string,
): readonly string[] {
  const said: string[] = [];
  for (const path of files) {
    for (const [pattern, why] of UNWANTED) if (pattern.test(path)) said.push(`${path} is ${why}`);
    if (path.endsWith('.js') && /^\/\/# sourceMappingURL=(?!data:)/m.test(read(path))) {
      said.push(`${path} refers to a source map that is not there`);
    }
  }
  for (const path of WANTED) if (!files.includes(path)) said.push(`${path} is missing`);
  if (tarballBytes > limitBytes) said.push(`the tarball has ${tarballBytes} bytes, more than ${limitBytes}`);
  return said;
}
