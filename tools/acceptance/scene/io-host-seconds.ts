import type { Path } from '../operation.ts';
import { IORCLD } from '../stage/configuration.ts';
import type { Stage } from '../stage/stage.ts';

/** How long the I/O host has worked on steps of attachments since its start, in seconds; 0 where it is not asked. */
export async function ioHostSeconds(_stage: Stage, path: Path): Promise<number> {
  if (path === 'stock') return 0;
  const answer = await fetch(`${IORCLD}/metrics`).catch(() => undefined);
  const text = (await answer?.text()) ?? '';
  return [...text.matchAll(/^iorcl_step_duration_seconds_sum\{[^}]*\} (\S+)$/gm)]
    .map(([, value]) => Number(value))
    .reduce((sum, value) => sum + value, 0);
}
