import { createHash } from 'node:crypto';
import {
  type Attribute,
  attribute,
  encodeAttributes,
  findNested,
  findPayload,
  nestedAttribute,
} from '../codec/attribute.ts';
import { findText, findU32NetworkOrder, text, u32NetworkOrder } from '../codec/attribute-value.ts';
import { decodeGenericMessage, encodeGenericMessage } from '../codec/generic-message.ts';
import { MessageFlag } from '../codec/message.ts';
import type { NetworkNamespace } from '../network-namespace/network-namespace.ts';
import { isKernelError } from '../socket/kernel-error.ts';
import { NetlinkSocket } from '../socket/netlink-socket.ts';
import { NetlinkSocketError } from '../socket/netlink-socket-error.ts';
import { commit, type TableChange } from './transaction.ts';

/** NETLINK_NETFILTER. */
export const NETFILTER = 12;
/** NFNL_SUBSYS_NFTABLES, and NFT_MSG_* (`<linux/netfilter/nf_tables.h>`). */
const SUBSYSTEM = 10 << 8;
const MESSAGE = { newTable: 0, getTable: 1, deleteTable: 2, newChain: 3, getChain: 4, newRule: 6, getRule: 7 } as const;
/** NLM_F_APPEND: after the rules that are there. */
const APPEND = 0x800;
/** NFPROTO_INET: IPv4 and IPv6. */
const INET = 1;
/** NF_INET_LOCAL_IN and so on, and NF_DROP, NF_ACCEPT (`<linux/netfilter.h>`). */
const hooks: { readonly input: 1; readonly forward: 2; readonly output: 3 } = { input: 1, forward: 2, output: 3 };
const policies: { readonly drop: 0; readonly accept: 1 } = { drop: 0, accept: 1 };

/** A base chain. */
export interface FilterChain {
  readonly hook: keyof typeof hooks;
  /** What becomes of a packet that none of the rules decides on. */
  readonly policy: keyof typeof policies;
  /** Expressions of each rule. */
  readonly rules: readonly (readonly Attribute[])[];
}

/** Makes the table of this name exactly so, in one transaction: no packet ever sees half of it. @throws KernelError */
export function writeTable(namespace: NetworkNamespace, name: string, chains: readonly FilterChain[]): void {
  const create = MessageFlag.create;
  commit(namespace, [
    // Created, if need be, to be deleted for sure.
    change(MESSAGE.newTable, create, [text(1, name)], `create the nftables table ${name}`),
    change(MESSAGE.deleteTable, 0, [text(1, name)], `delete the nftables table ${name}`),
    change(MESSAGE.newTable, create, [text(1, name)], `create the nftables table ${name}`),
    ...chains.flatMap(({ hook, policy, rules }) => [
      change(
        MESSAGE.newChain,
        create,
        [
          text(1, name),
          text(3, hook),
          nestedAttribute(4, [u32NetworkOrder(1, hooks[hook]), u32NetworkOrder(2, 0)]),
          u32NetworkOrder(5, policies[policy]),
          text(7, 'filter'),
        ],
        `create the chain ${hook} of the nftables table ${name}`,
      ),
      ...rules.map((rule) =>
        change(
          MESSAGE.newRule,
          create | APPEND,
          [text(1, name), text(2, hook), nestedAttribute(4, rule), attribute(7, mark(rule))],
          `add a rule to the chain ${hook} of the nftables table ${name}`,
        ),
      ),
    ]),
  ]);
}

/** Removes the table of this name with all that is in it; one that is not there is fine. @throws KernelError */
export function removeTable(namespace: NetworkNamespace, name: string): void {
  commit(namespace, [
    change(MESSAGE.newTable, MessageFlag.create, [text(1, name)], `create the nftables table ${name}`),
    change(MESSAGE.deleteTable, 0, [text(1, name)], `delete the nftables table ${name}`),
  ]);
}

/** Names of all tables for IPv4 and IPv6 (`inet`); none where the kernel has no nftables. */
export async function listTables(namespace: NetworkNamespace): Promise<readonly string[]> {
  try {
    using socket = NetlinkSocket.open({ namespace, protocol: NETFILTER });
    const request = { type: SUBSYSTEM | MESSAGE.getTable, flags: MessageFlag.dump, payload: encode([]) };
    const answers = await socket.request({ ...request, description: 'list the nftables tables' });
    return answers.flatMap(({ payload }) => findText(decodeGenericMessage(payload).attributes, 1) ?? []);
  } catch (error) {
    if (isWithoutNftables(error)) return [];
    throw error;
  }
}

/** Whether an error means that the kernel has no nftables. */
export function isWithoutNftables(error: unknown): error is Error {
  return (
    isKernelError(error, 'EOPNOTSUPP', 'EAFNOSUPPORT', 'EINVAL') ||
    (error instanceof NetlinkSocketError && error.code === 'system_call_failed')
  );
}

/** Whether the table of this name has these chains with these rules, as `writeTable` made them. */
export async function isTableSo(
  namespace: NetworkNamespace,
  name: string,
  chains: readonly FilterChain[],
): Promise<boolean> {
  using socket = NetlinkSocket.open({ namespace, protocol: NETFILTER });
  const wantedChains = chains.map(({ hook, policy }) => `${hook} ${hooks[hook]} ${policies[policy]}`);
  const actualChains = (await dump(socket, MESSAGE.getChain, name)).map((attributes) => {
    const hook = findU32NetworkOrder(findNested(attributes, 4), 1);
    return `${findText(attributes, 3)} ${hook} ${findU32NetworkOrder(attributes, 5)}`;
  });
  const wantedRules = chains.flatMap(({ hook, rules }) => rules.map((rule) => `${hook} ${mark(rule).toString('hex')}`));
  const actualRules = (await dump(socket, MESSAGE.getRule, name)).map(
    (attributes) => `${findText(attributes, 2)} ${Buffer.from(findPayload(attributes, 7) ?? []).toString('hex')}`,
  );
  return same(actualChains, wantedChains) && same(actualRules, wantedRules);
}

/** The kernel keeps it with the rule, which can only be replaced as a whole. */
function mark(rule: readonly Attribute[]): Buffer {
  return createHash('sha256').update(encodeAttributes(rule)).digest().subarray(0, 16);
}

function change(message: number, flags: number, attributes: readonly Attribute[], description: string): TableChange {
  return { type: SUBSYSTEM | message, flags, payload: encode(attributes), description };
}

/** `struct nfgenmsg` begins as the generic header does; its last two bytes are 0. */
function encode(attributes: readonly Attribute[]): Uint8Array {
  return encodeGenericMessage({ command: INET, version: 0, attributes });
}

async function dump(socket: NetlinkSocket, message: number, name: string): Promise<(readonly Attribute[])[]> {
  const description = `list the nftables table ${name}`;
  const request = { type: SUBSYSTEM | message, flags: MessageFlag.dump, payload: encode([text(1, name)]), description };
  try {
    const answers = await socket.request(request);
    return answers
      .map(({ payload }) => decodeGenericMessage(payload).attributes)
      .filter((attributes) => findText(attributes, 1) === name);
  } catch (error) {
    if (isKernelError(error, 'ENOENT')) return [];
    throw error;
  }
}

function same(actual: readonly string[], wanted: readonly string[]): boolean {
  return actual.length === wanted.length && actual.every((line, n) => line === wanted[n]);
}
