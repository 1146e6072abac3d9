import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { JsonStream } from './json-stream.ts';
import { OvsdbError } from './ovsdb-error.ts';

it('cuts a stream into its objects, wherever the chunks end', () => {
  const object = fc.dictionary(fc.string(), fc.jsonValue());
  fc.assert(
    fc.property(fc.array(object, { maxLength: 5 }), fc.array(fc.nat(40), { maxLength: 30 }), (objects, cuts) => {
      const whole = objects.map((value) => JSON.stringify(value)).join('');
      const stream = new JsonStream();
      const received: unknown[] = [];
      let rest = whole;
      for (const cut of [...cuts, whole.length]) {
        received.push(...stream.push(rest.slice(0, cut)));
        rest = rest.slice(cut);
      }
      expect(received).toEqual(JSON.parse(JSON.stringify(objects)));
    }),
  );
});

it('answers or refuses any text', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: fc.constantFrom(...'{}[]",:\\ 1a') })), (chunks) => {
      const stream = new JsonStream();
      try {
        for (const chunk of chunks) stream.push(chunk);
      } catch (error) {
        expect(error).toBeInstanceOf(OvsdbError);
      }
    }),
  );
});
