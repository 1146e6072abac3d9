/** A rule of iorcl's was broken. */
export class Violation extends Error {
  override readonly name = 'Violation';
}
