import { readFileSync, writeFileSync } from 'node:fs';

/**
 * What makes a namespace a leaf: it learns nothing from the network, forwards nothing, and answers only for addresses
 * of its own. See `Documentation/networking/ip-sysctl.rst` of the kernel. Paths below `/proc/sys/net`.
 * `default` comes to links made later, so it must be written before the tenant's link appears.
 */
const settings: readonly (readonly [path: string, value: string])[] = [
  ['ipv4/ip_forward', '0'],
  ['ipv4/conf/all/accept_redirects', '0'],
  ['ipv4/conf/default/accept_redirects', '0'],
  ['ipv4/conf/all/send_redirects', '0'],
  ['ipv4/conf/default/send_redirects', '0'],
  ['ipv4/conf/all/accept_source_route', '0'],
  ['ipv4/conf/default/accept_source_route', '0'],
  ['ipv4/conf/all/arp_ignore', '1'],
  ['ipv4/conf/all/arp_announce', '2'],
  ['ipv4/conf/all/rp_filter', '1'],
  // Neighbours are told when the link comes up, and when its MAC address is set: see announceAddresses.
  ['ipv4/conf/all/arp_notify', '1'],
  ['ipv6/conf/all/ndisc_notify', '1'],
  ['ipv6/conf/default/ndisc_notify', '1'],
  ['ipv6/conf/all/forwarding', '0'],
  ['ipv6/conf/default/forwarding', '0'],
  ['ipv6/conf/all/accept_ra', '0'],
  ['ipv6/conf/default/accept_ra', '0'],
  ['ipv6/conf/default/autoconf', '0'],
  ['ipv6/conf/all/accept_redirects', '0'],
  ['ipv6/conf/default/accept_redirects', '0'],
  ['ipv6/conf/all/accept_source_route', '0'],
  ['ipv6/conf/default/accept_source_route', '0'],
  // Before `default`: a host may have switched IPv6 off for new links.
  ['ipv6/conf/all/disable_ipv6', '0'],
  ['ipv6/conf/default/disable_ipv6', '0'],
  // 1 = none: no link-local address by itself, not even for a moment.
  ['ipv6/conf/default/addr_gen_mode', '1'],
];

const path = (name: string): string => `/proc/sys/net/${name}`;

/** Settings of the calling thread's namespace that are not a leaf's, as `name = value, should be value`. */
export function leafSysctlDifferences(): string[] {
  return settings.flatMap(([name, wanted]) => {
    const value = readFileSync(path(name), 'utf8').trim();
    return value === wanted ? [] : [`net/${name} = ${value}, should be ${wanted}`];
  });
}

/** Makes the calling thread's namespace a leaf. */
export function writeLeafSysctls(): void {
  for (const [name, value] of settings) {
    if (readFileSync(path(name), 'utf8').trim() !== value) writeFileSync(path(name), value);
  }
}
