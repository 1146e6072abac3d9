/** `refused`: the server said no; `bad_answer`: what it said is not NBD. */
export class NbdError extends Error {
  override readonly name = 'NbdError';
  readonly code: 'refused' | 'bad_answer';

  constructor(code: 'refused' | 'bad_answer', message: string) {
    super(message);
    this.code = code;
  }
}
