"""Does with os-brick's NVMe connector what Nova's libvirt driver does with it (nova/virt/libvirt/volume/nvme.py).

os-brick.py VERB MULTIPATH, with the data of a connection_info as JSON on standard input; answers JSON.
"""
import json
import logging
import sys
import tempfile

import os_brick
from os_brick import initiator, privileged
from os_brick.initiator import connector
from oslo_concurrency import lockutils
from oslo_config import cfg

logging.basicConfig(stream=sys.stderr, level=logging.INFO)
cfg.CONF([], project='os-brick')
if hasattr(os_brick, 'setup'):
    os_brick.setup(cfg.CONF)
lockutils.set_defaults(tempfile.mkdtemp())
# Root already: without the daemon that would become it.
privileged.default.set_client_mode(False)

verb, multipath = sys.argv[1:]
data = json.load(sys.stdin)
nvme = connector.InitiatorConnector.factory(
    initiator.NVME, None, use_multipath=multipath == 'yes', device_scan_attempts=5)
answer = None
if verb == 'connect':
    answer = nvme.connect_volume(data)['path']
elif verb == 'extend':
    answer = nvme.extend_volume(data)
elif verb == 'disconnect':
    nvme.disconnect_volume(data, None)
json.dump(answer, sys.stdout)
