import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';

/** Why tests with these programs can't run here; undefined when they can. */
export function missing(...programs: string[]): string | undefined {
  const absent = programs.filter((program) => !isInstalled(program));
  return absent.length === 0 ? undefined : `not installed: ${absent.join(', ')}`;
}

function isInstalled(program: string): boolean {
  return (process.env['PATH'] ?? '').split(':').some((directory) => {
    try {
      accessSync(join(directory, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
