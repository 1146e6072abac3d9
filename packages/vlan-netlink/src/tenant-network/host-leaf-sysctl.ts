import { readFileSync, writeFileSync } from 'node:fs';
import { findLink } from '../link/query.ts';
import type { PlugScene } from './plug-scene.ts';
import type { PlugStep } from './plug-step.ts';
import { TenantNetworkError } from './tenant-network-error.ts';

/**
 * What makes one link among the host's own a leaf, whatever holds for the others. See
 * `Documentation/networking/ip-sysctl.rst` of the kernel. Paths below `/proc/sys/net/FAMILY/conf/LINK`.
 */
const settings: readonly (readonly [family: 'ipv4' | 'ipv6', name: string, value: string])[] = [
  ['ipv4', 'forwarding', '0'],
  ['ipv4', 'accept_redirects', '0'],
  ['ipv4', 'send_redirects', '0'],
  ['ipv4', 'accept_source_route', '0'],
  ['ipv4', 'proxy_arp', '0'],
  ['ipv4', 'route_localnet', '0'],
  // 8: answers for no address, since the link has none of IPv4; others of the host's are nobody's business.
  ['ipv4', 'arp_ignore', '8'],
  ['ipv4', 'arp_announce', '2'],
  ['ipv4', 'arp_accept', '0'],
  // A host may have switched IPv6 off for new links.
  ['ipv6', 'disable_ipv6', '0'],
  ['ipv6', 'forwarding', '0'],
  ['ipv6', 'accept_ra', '0'],
  ['ipv6', 'autoconf', '0'],
  ['ipv6', 'router_solicitations', '0'],
  ['ipv6', 'accept_redirects', '0'],
  ['ipv6', 'accept_source_route', '0'],
  ['ipv6', 'proxy_ndp', '0'],
  // Neighbours are told when the link's MAC address is set: see announceAddresses.
  ['ipv6', 'ndisc_notify', '1'],
];

/** While the link is still down: nothing is taken from the network, or told to it, before. */
export function hostLeafSysctlSteps({ identity: { leaf }, hostSocket }: PlugScene): PlugStep[] {
  const path = (family: string, name: string): string => `/proc/sys/net/${family}/conf/${leaf}/${name}`;
  return [
    {
      purpose: `make the link ${leaf} a leaf`,
      difference: async () => {
        if ((await findLink(hostSocket, leaf)) === undefined) {
          throw new TenantNetworkError(
            'plug_incomplete',
            `the link ${leaf} has vanished from the host's own namespace`,
          );
        }
        const wrong = settings.flatMap(([family, name, wanted]) => {
          const value = readFileSync(path(family, name), 'utf8').trim();
          return value === wanted ? [] : [`${family}.conf.${leaf}.${name} = ${value}, should be ${wanted}`];
        });
        return wrong.length === 0 ? undefined : wrong.join(', ');
      },
      repair: async () => {
        for (const [family, name, value] of settings) writeFileSync(path(family, name), value);
      },
    },
  ];
}
