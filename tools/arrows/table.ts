/** What a place may import besides `node:` builtins and its own files. */
export interface Room {
  /** Directory below the repository's root, for example `packages/api`. */
  readonly place: string;
  /** Package names; `@iorcl/*` stands for every library of ours. `anything`: no limit. */
  readonly mayImport: readonly string[] | 'anything';
}

/**
 * Reads the rooms from the architecture document: rows of three cells, the first a path and the last package names, both in
 * backticks; `nothing` and `anything` as plain words.
 */
export function readRooms(markdown: string): Room[] {
  const rooms: Room[] = [];
  for (const line of markdown.split('\n')) {
    const cells = line.split('|').map((cell) => cell.trim());
    const place = /^`((?:packages|apps)\/[\w-]+|tools)`$/.exec(cells[1] ?? '')?.[1];
    const names = cells[3];
    if (place === undefined || names === undefined) continue;
    if (names === 'anything') rooms.push({ place, mayImport: 'anything' });
    else if (names === 'nothing') rooms.push({ place, mayImport: [] });
    else rooms.push({ place, mayImport: [...names.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? '') });
  }
  return rooms;
}
