/** One `option = value` line of a configuration file. */
export interface IniEntry {
  readonly section: string;
  readonly option: string;
  readonly value: string;
  readonly file: string;
  readonly line: number;
}

/** A line that is neither a section, an option, a continuation, nor a comment. */
export class IniSyntaxError extends Error {
  override readonly name = 'IniSyntaxError';
  readonly code = 'ini_syntax';
  readonly file: string;
  readonly line: number;

  constructor(file: string, line: number, message: string) {
    super(`${file}:${line}: ${message}`);
    this.file = file;
    this.line = line;
  }
}

/**
 * Parses the INI dialect of oslo.config: `[section]`, `option = value` or `option: value`, comments on lines of their
 * own beginning with `#` or `;`, values continued on indented lines, and one pair of quotes around a value dropped.
 * Options before any section belong to `DEFAULT`.
 */
export function parseIni(text: string, file: string): IniEntry[] {
  const entries: { section: string; option: string; value: string; file: string; line: number }[] = [];
  let section = 'DEFAULT';
  let continued: (typeof entries)[number] | undefined;
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const line = index + 1;
    const trimmed = raw.trim();
    if (trimmed === '') {
      continued = undefined;
      continue;
    }
    if (trimmed.startsWith('#') || trimmed.startsWith(';')) continue;
    if (/^\s/.test(raw)) {
      if (continued === undefined) throw new IniSyntaxError(file, line, 'an indented line continues no option');
      continued.value += `\n${trimmed}`;
      continue;
    }
    const header = /^\[([^\]]+)\]$/.exec(trimmed);
    if (header?.[1] !== undefined) {
      section = header[1].trim();
      continued = undefined;
      continue;
    }
    const option = /^([^=:\s][^=:]*?)\s*[=:]\s*(.*)$/.exec(trimmed);
    if (option?.[1] === undefined) {
      throw new IniSyntaxError(file, line, 'expected [section] or option = value');
    }
    continued = { section, option: option[1], value: unquote(option[2] ?? ''), file, line };
    entries.push(continued);
  }
  return entries;
}

function unquote(value: string): string {
  const first = value[0];
  return value.length > 1 && (first === '"' || first === "'") && value.endsWith(first) ? value.slice(1, -1) : value;
}
