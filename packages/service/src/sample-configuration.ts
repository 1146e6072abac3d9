import * as z from 'zod';
import type { Sections } from './configuration.ts';

/** A sample of a configuration file could not be written: an option says nothing of itself. */
export class SampleError extends Error {
  override readonly name = 'SampleError';
  readonly code = 'option_without_help';
}

const WIDTH = 78;

/**
 * Writes a configuration file with every option, its help (`.describe()`) and its default, all as comments: as it is, it
 * changes nothing. What stands for a value that the text can't hold is in `<>`; `.meta({ sample })` gives another one.
 *
 * @throws SampleError for an option without help
 */
export function sampleConfiguration(head: string, sections: Sections): string {
  const parts = Object.entries(sections).map(([section, schema]) => {
    const options = Object.entries(schema.shape).map(([name, option]) => sampleOption(section, name, option));
    return `[${section}]\n\n${options.join('\n')}`;
  });
  return `${comment(head)}\n\n${parts.join('\n')}`;
}

function sampleOption(section: string, name: string, option: z.core.$ZodType): string {
  const { description, sample } = z.globalRegistry.get(option) ?? {};
  if (description === undefined) throw new SampleError(`[${section}] ${name} has no help text`);
  const value = typeof sample === 'string' ? sample : defaultText(option);
  const line = value === '' ? `#${name} =` : `#${name} = ${value}`;
  return `${comment(description)}\n${line}\n`;
}

function defaultText(option: z.core.$ZodType): string {
  if (option instanceof z.ZodOptional) return '<None>';
  if (option instanceof z.ZodPrefault || option instanceof z.ZodDefault) return text(option.def.defaultValue);
  return '<required>';
}

function text(value: unknown): string {
  return Array.isArray(value) ? value.join(', ') : String(value);
}

/** Lines that begin with `# `, broken between words. */
function comment(words: string): string {
  const lines: string[] = [];
  let line = '#';
  for (const word of words.split(/\s+/)) {
    if (line.length + 1 + word.length > WIDTH && line !== '#') {
      lines.push(line);
      line = '#';
    }
    line += ` ${word}`;
  }
  return [...lines, line].join('\n');
}
