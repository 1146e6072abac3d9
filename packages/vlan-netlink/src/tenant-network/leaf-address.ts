import { decodeIpAddress, encodeIpAddress } from '../codec/ip-address.ts';
import { TenantNetworkError } from './tenant-network-error.ts';

/** An address of the link inside a tenant network. */
export interface LeafAddress {
  /** In the notation in which the kernel's are read. */
  readonly address: string;
  readonly prefixLength: number;
}

/**
 * Parses `10.0.0.5/24` or `fd00::5/64`. Addresses that no host can have are refused.
 *
 * @throws TenantNetworkError `invalid_address`
 */
export function parseLeafAddress(text: string): LeafAddress {
  const [, given, digits] = /^([0-9a-fA-F:.]+)\/(\d{1,3})$/.exec(text) ?? [];
  const bytes = given === undefined ? undefined : bytesOf(given);
  const prefixLength = Number(digits);
  if (bytes === undefined || prefixLength < 1 || prefixLength > bytes.length * 8 || !isHostAddress(bytes)) {
    throw new TenantNetworkError(
      'invalid_address',
      `"${text}" cannot be the address of a link; an address with its prefix length can, such as 10.0.0.5/24 or fd00::5/64`,
    );
  }
  return { address: decodeIpAddress(bytes), prefixLength };
}

export function sameAddress(a: LeafAddress, b: LeafAddress): boolean {
  return a.address === b.address && a.prefixLength === b.prefixLength;
}

function bytesOf(address: string): Uint8Array | undefined {
  try {
    return encodeIpAddress(address);
  } catch {
    return undefined;
  }
}

/** Not unspecified, loopback, multicast or reserved. */
function isHostAddress(bytes: Uint8Array): boolean {
  const [first = 0] = bytes;
  if (bytes.length === 4) return first !== 0 && first !== 127 && first < 224;
  return first !== 0 && first !== 0xff;
}
