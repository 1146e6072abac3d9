"""pyroute2's part of the benchmark: a command per line of the input, "done" after each."""
import sys

from pyroute2 import IPRoute
from pyroute2.netlink.exceptions import NetlinkDumpInterrupted

GROUP = 7
ipr = IPRoute()


def query(count):
    for _ in range(count):
        ipr.link('get', index=1)


def veths(count):
    for n in range(count):
        ipr.link('add', ifname=f'a{n}', kind='veth', group=GROUP, peer={'ifname': f'b{n}', 'group': GROUP})


def vlans(count):
    below = ipr.link_lookup(ifname='below')[0]
    for n in range(count):
        ipr.link('add', ifname=f'v{n}', kind='vlan', link=below, vlan_id=n + 1, group=GROUP)


def dump(_):
    while True:
        try:
            return list(ipr.get_links())
        except NetlinkDumpInterrupted:
            pass


def delete(count):
    wanted = {f'a{n}' for n in range(count)}
    for link in dump(0):
        if link.get_attr('IFLA_IFNAME') in wanted:
            ipr.link('del', index=link['index'])


def group(_):
    ipr.link('del', group=GROUP)


for line in sys.stdin:
    command, count = line.split()
    globals()[command](int(count))
    print('done', flush=True)
