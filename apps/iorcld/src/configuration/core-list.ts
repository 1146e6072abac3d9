const HIGHEST_CORE = 8_191;

/**
 * Processor cores as `taskset(1)` and cpuset(7) write them: `2-5,8`. Empty text: none.
 *
 * @throws Error saying which part is no core or range
 */
export function coreList(text: string): readonly number[] {
  const cores = new Set<number>();
  for (const part of text.split(',').map((one) => one.trim())) {
    if (part === '') continue;
    const [, first, last = first] = /^(\d{1,4})(?:-(\d{1,4}))?$/.exec(part) ?? [];
    if (first === undefined || Number(last) < Number(first) || Number(last) > HIGHEST_CORE) {
      throw new Error(`${part} is no core or range of cores, expected for instance 2-5,8`);
    }
    for (let core = Number(first); core <= Number(last); core++) cores.add(core);
  }
  return [...cores].sort((a, b) => a - b);
}
