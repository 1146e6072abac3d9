/** IFNAMSIZ (16) less the final zero byte. */
const LINK_NAME_BYTES = 15;

/** Not a name that the kernel would take. */
export class LinkNameError extends Error {
  override readonly name = 'LinkNameError';
  readonly code = 'link_name_invalid';
  readonly retryable = false;
  readonly linkName: string;

  constructor(linkName: string, reason: string) {
    super(`"${linkName}" cannot be the name of a link: ${reason}`);
    this.linkName = linkName;
  }
}

/**
 * As the kernel has it (dev_valid_name, `net/core/dev.c`).
 *
 * @throws LinkNameError
 */
export function checkLinkName(name: string): void {
  const bytes = new TextEncoder().encode(name).length;
  if (bytes === 0) throw new LinkNameError(name, 'it is empty');
  if (bytes > LINK_NAME_BYTES)
    throw new LinkNameError(name, `it has ${bytes} bytes, and ${LINK_NAME_BYTES} are allowed`);
  if (name === '.' || name === '..') throw new LinkNameError(name, 'it is a directory');
  if (/[/:%\s\0]/.test(name)) throw new LinkNameError(name, 'it has a slash, colon, percent sign or white space');
}
