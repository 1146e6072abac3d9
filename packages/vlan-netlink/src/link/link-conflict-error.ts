/** A link of the wanted name is there that must not be replaced. */
export class LinkConflictError extends Error {
  override readonly name = 'LinkConflictError';
  readonly code = 'link_conflict';
  readonly retryable = false;
  readonly linkName: string;
  /** What differs from what is wanted. */
  readonly differences: readonly string[];

  constructor(linkName: string, wanted: string, found: string | undefined, differences: readonly string[]) {
    const what = found === undefined ? 'hardware' : `a ${found} link`;
    super(
      `cannot make ${linkName} a ${wanted} link as wanted: it is ${what} that differs (${differences.join(', ')}) and may not be replaced; rename or delete it`,
    );
    this.linkName = linkName;
    this.differences = differences;
  }
}
