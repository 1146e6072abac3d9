import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  type Attribute,
  decodeAddressMessage,
  decodeAttributes,
  decodeBridgeVlans,
  decodeLinkMessage,
  decodeMessages,
  decodeNeighbourMessage,
  decodeRouteMessage,
  encodeAddressMessage,
  encodeLinkMessage,
  encodeMessage,
  encodeNeighbourMessage,
  encodeRouteMessage,
  findNested,
  findText,
  findU32,
  type Message,
} from '../../src/codec/index.ts';
import { decodeLink, type NetlinkRequest } from '../../src/index.ts';
import { type Command, type Conversation, commands, type Fixture } from './commands.ts';

const fixtures = new URL('./fixtures/', import.meta.url);

function load(name: string): Fixture {
  return JSON.parse(readFileSync(new URL(`${name}.json`, fixtures), 'utf8'));
}

const bytesOf = ({ hex }: Conversation): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'));

function messages(conversation: readonly Conversation[], direction: Conversation['direction']): Message[] {
  return conversation
    .filter((one) => one.direction === direction)
    .flatMap((one) => decodeMessages(direction === 'to' ? withoutTail(bytesOf(one)) : bytesOf(one)));
}

/** "ip" sends the unused end of its buffer along with some queries. */
function withoutTail(bytes: Uint8Array): Uint8Array {
  return bytes.subarray(0, Buffer.from(bytes).readUInt32LE(0));
}

const IFLA_LINKINFO = 18;
const VETH_INFO_PEER = 1;
const LINK_TYPES = [16, 17, 18, 19];

/** Attributes as text, so that order and the flag "nested", which the kernel ignores there, make no difference. */
function flat(attributes: readonly Attribute[], path: string, isNested: (path: string) => boolean): string[] {
  return attributes.flatMap(({ type, payload }) => {
    const here = `${path}/${type}`;
    if (isNested(here)) return flat(decodeAttributes(payload), here, isNested);
    // "ip" sends the name of a kind without its final zero byte.
    const end = here === `/${IFLA_LINKINFO}/1` ? payload.length - (payload.at(-1) === 0 ? 1 : 0) : payload.length;
    return [`${here}=${Buffer.from(payload.subarray(0, end)).toString('hex')}`];
  });
}

/** The fixed part of a message, and each of its attributes. */
function facts({ type, payload }: Pick<Message, 'type' | 'payload'>): { fixed: unknown; attributes: string[] } {
  if (LINK_TYPES.includes(type)) {
    const { attributes, ...fixed } = decodeLinkMessage(payload);
    const isVeth = findText(findNested(attributes, IFLA_LINKINFO), 1) === 'veth';
    const peer = `/${IFLA_LINKINFO}/2/${VETH_INFO_PEER}`;
    const nested = flat(attributes, '', (path) => [`/${IFLA_LINKINFO}`, `/${IFLA_LINKINFO}/2`].includes(path));
    if (!isVeth) return { fixed, attributes: nested };
    const described = nested.flatMap((fact) => {
      if (!fact.startsWith(`${peer}=`)) return [fact];
      return facts({ type, payload: Buffer.from(fact.slice(peer.length + 1), 'hex') }).attributes.map(
        (one) => peer + one,
      );
    });
    return { fixed, attributes: described };
  }
  const { attributes, ...fixed } = type >= 24 ? decodeRouteMessage(payload) : decodeAddressMessage(payload);
  return { fixed, attributes: flat(attributes, '', () => false) };
}

/** Our request says nothing that theirs does not say. */
function expectSame(ours: NetlinkRequest, theirs: Message): void {
  const [mine, other] = [facts(ours), facts(theirs)];
  expect(ours.type === 19 ? 16 : ours.type).toBe(theirs.type);
  expect(mine.fixed).toEqual(other.fixed);
  expect(other.attributes).toEqual(expect.arrayContaining(mine.attributes));
}

const withRequest = commands.filter(
  (command): command is Command & Required<Pick<Command, 'request'>> => command.request !== undefined,
);
const CHANGES = [16, 17, 20, 24, 28];

describe('messages of iproute2, and ours for the same', () => {
  it.each(withRequest)('$name: $command', ({ name, request }) => {
    const sent = messages(load(name).conversation, 'to');
    const theirs = sent.findLast(({ type }) => CHANGES.includes(type));
    if (theirs === undefined) throw new Error('the fixture has no request');
    expectSame(request(deviceIn(theirs)), theirs);
  });
});

/** The link below, or the one that is changed. */
function deviceIn({ type, payload }: Message): number {
  if (type >= 24) return 0;
  if (type >= 20) return decodeAddressMessage(payload).index;
  const { index, attributes } = decodeLinkMessage(payload);
  return findU32(attributes, 5) ?? index;
}

interface Told {
  readonly ifindex: number;
  readonly ifname: string;
  readonly mtu: number;
  readonly address: string;
  readonly group?: string;
  readonly linkinfo?: { readonly info_kind: string; readonly info_data?: Readonly<Record<string, unknown>> };
}

/** Names that "ip -json" has for settings. */
const settings: readonly (readonly [string, string])[] = [
  ['vlanFiltering', 'vlan_filtering'],
  ['defaultPvid', 'vlan_default_pvid'],
  ['ageingTime', 'ageing_time'],
  ['vlanId', 'id'],
  ['vni', 'id'],
  ['port', 'port'],
  ['mode', 'mode'],
  ['table', 'table'],
  ['ttl', 'ttl'],
];
const remotes = ['remote', 'remote6', 'local', 'local6'];

describe('links that the kernel told "ip" about, as we read them and as "ip -json" shows them', () => {
  const told = commands.filter(({ show }) => show?.startsWith('link') === true);
  it.each(told)('$name', ({ name }) => {
    const { told: shown, toldConversation = [] } = load(name);
    const [expected] = shown as readonly Told[];
    const answers = messages(toldConversation, 'from').filter(({ type }) => type === 16);
    const link = answers.map(({ payload }) => decodeLink(payload)).find(({ index }) => index === expected?.ifindex);
    expect(link).toMatchObject({ name: expected?.ifname, mtu: expected?.mtu, mac: expected?.address });
    expect(link?.kind).toBe(expected?.linkinfo?.info_kind);
    const details: Readonly<Record<string, unknown>> = { ...link?.details };
    const data = expected?.linkinfo?.info_data ?? {};
    for (const [ours, theirs] of settings) {
      const value = details[ours];
      if (value !== undefined && data[theirs] !== undefined) {
        expect(typeof value === 'boolean' ? Number(value) : value).toBe(data[theirs]);
      }
    }
    for (const key of remotes) if (data[key] !== undefined) expect(Object.values(details)).toContain(data[key]);
  });
});

describe('every message that was captured', () => {
  const all = readdirSync(fixtures).map((file) => file.replace('.json', ''));
  it('belongs to a command that is tested', () => expect(all.sort()).toEqual(commands.map(({ name }) => name).sort()));

  it.each(all)('%s: that the kernel sent is the same bytes after decoding and encoding', (name) => {
    const { conversation, toldConversation = [] } = load(name);
    for (const one of [...conversation, ...toldConversation].filter(({ direction }) => direction === 'from')) {
      const decoded = decodeMessages(bytesOf(one));
      expect(Buffer.concat(decoded.map(encodeMessage)).toString('hex')).toBe(one.hex);
      for (const message of decoded) expect(recoded(message)).toEqual(Buffer.from(message.payload));
    }
  });
});

function recoded({ type, payload }: Message): Buffer {
  const whole = (bytes: Uint8Array): Buffer => Buffer.from(bytes.subarray(0, payload.length));
  // Dumps may be asked for by a family alone.
  if (type < 16 || payload.length < 12) return Buffer.from(payload);
  if (type < 20) return whole(encodeLinkMessage(decodeLinkMessage(payload)));
  if (type < 24) return whole(encodeAddressMessage(decodeAddressMessage(payload)));
  if (type < 28) return whole(encodeRouteMessage(decodeRouteMessage(payload)));
  return type < 32 ? whole(encodeNeighbourMessage(decodeNeighbourMessage(payload))) : Buffer.from(payload);
}

it('VLANs of bridges are read in ranges', () => {
  const AF_BRIDGE = 7;
  const vlans = messages(load('bridge-vlan-show').conversation, 'from')
    .filter(({ type, payload }) => type === 16 && payload[0] === AF_BRIDGE)
    .map(({ payload }) => decodeBridgeVlans(findNested(decodeLinkMessage(payload).attributes, 26)));
  expect(vlans).toContainEqual([
    { first: 1, last: 1, pvid: false, untagged: true },
    { first: 100, last: 100, pvid: true, untagged: true },
    { first: 200, last: 299, pvid: false, untagged: false },
  ]);
});
