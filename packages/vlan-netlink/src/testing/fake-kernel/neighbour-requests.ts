import { attribute, findPayload } from '../../codec/attribute.ts';
import {
  decodeNeighbourMessage,
  encodeNeighbourMessage,
  type NeighbourMessage,
} from '../../codec/neighbour-message.ts';
import { type FakeEntry, Group } from './fake-namespace.ts';
import type { FakeAnswer, FakeHandler, FakeRequest } from './fake-request.ts';
import { FakeErrno, Refusal } from './refusal.ts';

const [NEW, DELETE, GET] = [28, 29, 30];
const AF_BRIDGE = 7;
/** NDA_DST, NDA_LLADDR, NDA_VLAN; NTF_MASTER. */
const [DESTINATION, LINK_LAYER_ADDRESS, VLAN, MASTER] = [1, 2, 5, 0x04];

function read({ message: { payload }, namespace }: FakeRequest): NeighbourMessage & { readonly entry: FakeEntry } {
  const message = decodeNeighbourMessage(payload);
  const { family, index, attributes, flags } = message;
  const link = namespace.require(index);
  const isForwarding = family === AF_BRIDGE;
  if (isForwarding && (flags & MASTER) !== 0 && link.master?.kind !== 'bridge') {
    throw new Refusal(FakeErrno.EOPNOTSUPP);
  }
  const parts = isForwarding ? [LINK_LAYER_ADDRESS, VLAN, DESTINATION] : [DESTINATION];
  const key = [family, index, ...parts.map((type) => findPayload(attributes, type)?.join('.') ?? '')].join(' ');
  const told = encodeNeighbourMessage({
    ...message,
    attributes: attributes.map((one) => attribute(one.type, one.payload)),
  });
  return { ...message, entry: { key, link, payload: told } };
}

function newNeighbour(request: FakeRequest): undefined {
  const { namespace, exclusive } = request;
  const { entry } = read(request);
  const former = namespace.neighbours.find(({ key }) => key === entry.key);
  if (former !== undefined && exclusive) throw new Refusal(FakeErrno.EEXIST);
  namespace.neighbours = [...namespace.neighbours.filter((one) => one !== former), entry];
  namespace.tell(Group.neighbour, NEW, entry.payload);
}

function deleteNeighbour(request: FakeRequest): undefined {
  const { namespace } = request;
  const { entry } = read(request);
  const found = namespace.neighbours.find(({ key }) => key === entry.key);
  if (found === undefined) throw new Refusal(FakeErrno.ENOENT);
  namespace.neighbours = namespace.neighbours.filter((one) => one !== found);
  namespace.tell(Group.neighbour, DELETE, found.payload);
}

function listNeighbours({ message: { payload }, namespace }: FakeRequest): FakeAnswer {
  const { family } = decodeNeighbourMessage(payload);
  const payloads = namespace.neighbours.map((one) => one.payload);
  return { type: NEW, payloads: payloads.filter(([one]) => (family === AF_BRIDGE) === (one === AF_BRIDGE)) };
}

/** RTM_*NEIGH. */
export const neighbourHandlers: ReadonlyMap<number, FakeHandler> = new Map<number, FakeHandler>([
  [NEW, newNeighbour],
  [DELETE, deleteNeighbour],
  [GET, listNeighbours],
]);
