import { BlockList, isIPv4 } from 'node:net';
import type { FakePort, FakeSubnet } from './model.ts';

/** Whether an address lies in a subnet. */
export function isInSubnet(address: string, cidr: string): boolean {
  const [prefix = '', length = '0'] = cidr.split('/');
  const family = isIPv4(prefix) ? 'ipv4' : 'ipv6';
  const list = new BlockList();
  list.addSubnet(prefix, Number(length), family);
  return list.check(address, family);
}

export function overlap(one: string, other: string): boolean {
  const [first = '', second = ''] = [one.split('/')[0], other.split('/')[0]];
  return isIPv4(first) === isIPv4(second) && (isInSubnet(first, other) || isInSubnet(second, one));
}

/** The first address of the pools that no port has; undefined: the subnet is full. */
export function freeAddress(subnet: FakeSubnet, ports: readonly FakePort[]): string | undefined {
  const taken = new Set(ports.flatMap((port) => port.fixedIps.map(({ ipAddress }) => ipAddress)));
  for (const { start, end } of subnet.allocationPools) {
    for (let address = start; ; address = next(address)) {
      if (!taken.has(address)) return address;
      if (address === end) break;
    }
  }
  return undefined;
}

/** All addresses but the network's own, the gateway's, and the last one. */
export function defaultPool(cidr: string): { readonly start: string; readonly end: string } {
  const [prefix = '', length = '0'] = cidr.split('/');
  if (!isIPv4(prefix)) return { start: `${prefix}2`, end: `${prefix}ffff` };
  const first = number(prefix);
  return { start: text(first + 2), end: text(first + 2 ** (32 - Number(length)) - 2) };
}

export function defaultGateway(cidr: string): string {
  const [prefix = ''] = cidr.split('/');
  return isIPv4(prefix) ? text(number(prefix) + 1) : `${prefix}1`;
}

function next(address: string): string {
  if (isIPv4(address)) return text(number(address) + 1);
  const cut = address.lastIndexOf(':') + 1;
  return address.slice(0, cut) + (Number.parseInt(address.slice(cut) || '0', 16) + 1).toString(16);
}

function number(address: string): number {
  return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}

function text(value: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');
}
