import { decodeLinkMessage, type LinkMessage } from '../../codec/link-message.ts';
import { LinkAttribute } from '../../link/link-attribute.ts';
import { FakeErrno, Refusal } from './refusal.ts';

const numbers: readonly number[] = [
  LinkAttribute.mtu,
  LinkAttribute.link,
  LinkAttribute.master,
  LinkAttribute.group,
  LinkAttribute.namespaceFd,
];
/** In bytes. A name's final zero byte may be missing; an alias has none. */
const longest: ReadonlyMap<number, number> = new Map([
  [LinkAttribute.name, 16],
  [LinkAttribute.alias, 255],
]);

/** A request about a link, its attributes being of the sizes that they must have. @throws Refusal, MalformedMessageError */
export function readLinkMessage(payload: Uint8Array): LinkMessage {
  const message = decodeLinkMessage(payload);
  for (const { type, payload: value } of message.attributes) {
    const isTooShort = numbers.includes(type) && value.length < 4;
    const isTooLong = value.length > (longest.get(type) ?? Number.POSITIVE_INFINITY);
    if (isTooShort || isTooLong) throw new Refusal(FakeErrno.ERANGE, 'Attribute failed policy validation', [type]);
  }
  return message;
}
