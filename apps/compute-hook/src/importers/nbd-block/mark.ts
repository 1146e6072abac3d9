const PREFIX = 'iorcl:';

/** The mark of an attachment's device in the kernel: its backend identifier. */
export function markOf(attachmentId: string): string {
  return `${PREFIX}${attachmentId}`;
}

/** The attachment whose device carries this mark; undefined for what is not ours. */
export function attachmentMarked(backend: string | undefined): string | undefined {
  return backend?.startsWith(PREFIX) === true ? backend.slice(PREFIX.length) : undefined;
}
