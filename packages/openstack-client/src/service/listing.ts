/**
 * A list that a service gives page by page. `await` it for an array of all items, or go through it with `for await`: then
 * the next page is asked for only when it is needed. Nothing is sent before one of the two.
 *
 * ```ts
 * for await (const server of cloud.compute.servers.list()) if (server.status === 'ERROR') break;
 * ```
 */
export class Listing<T> implements Promise<T[]>, AsyncIterable<T> {
  readonly [Symbol.toStringTag] = 'Listing';
  readonly #pages: () => AsyncIterable<readonly T[]>;
  #all: Promise<T[]> | undefined;

  constructor(pages: () => AsyncIterable<readonly T[]>) {
    this.#pages = pages;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    for await (const page of this.#pages()) yield* page;
  }

  readonly then: Promise<T[]>['then'] = (fulfilled, rejected) => this.#whole().then(fulfilled, rejected);

  readonly catch: Promise<T[]>['catch'] = (rejected) => this.#whole().catch(rejected);

  readonly finally: Promise<T[]>['finally'] = (settled) => this.#whole().finally(settled);

  #whole(): Promise<T[]> {
    this.#all ??= this.#collect();
    return this.#all;
  }

  async #collect(): Promise<T[]> {
    const items: T[] = [];
    for await (const page of this.#pages()) items.push(...page);
    return items;
  }
}
