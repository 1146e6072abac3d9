/** A text is not YAML, or not of the part of YAML that this library reads. Never quotes a value: it may be a password. */
export class YamlError extends Error {
  override readonly name = 'YamlError';
  /** From 1 on. */
  readonly line: number;

  constructor(line: number, message: string) {
    super(`line ${line}: ${message}`);
    this.line = line;
  }
}
