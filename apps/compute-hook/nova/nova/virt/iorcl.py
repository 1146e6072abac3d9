#    Licensed under the Apache License, Version 2.0 (the "License"); you may
#    not use this file except in compliance with the License. You may obtain
#    a copy of the License at
#
#         http://www.apache.org/licenses/LICENSE-2.0
#
#    Unless required by applicable law or agreed to in writing, software
#    distributed under the License is distributed on an "AS IS" BASIS, WITHOUT
#    WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied. See the
#    License for the specific language governing permissions and limitations
#    under the License.

"""Nova's libvirt driver, for the disks of iorcl's compute hook as well.

Configured by ``compute_driver = iorcl.LibvirtDriver``. It adds

* volumes of type ``iorcl``: QEMU itself opens the NBD server of an import, on
  a unix socket of this host;
* growth in use of those, and of the block devices (``local``) that the hook
  imports.

All else is Nova's, also the files (``gpfs``) that the hook imports: to grow a
disk, QEMU truncates its file, which its own FUSE export of an NBD client
refuses.
"""

import functools
import json
import os

from lxml import etree
from oslo_log import log as logging
from oslo_utils import units

from nova import exception
from nova.virt import block_device as driver_block_device
from nova.virt.libvirt import config as vconfig
from nova.virt.libvirt import driver as libvirt_driver
from nova.virt.libvirt.volume import volume

LOG = logging.getLogger(__name__)


class LibvirtConfigGuestNbdSocketDisk(vconfig.LibvirtConfigGuestDisk):
    """A disk that is an NBD server on a unix socket."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.source_type = 'network'
        self.source_protocol = 'nbd'
        self.source_socket = None

    def format_dom(self):
        dev = super().format_dom()
        etree.SubElement(dev.find('source'), 'host', transport='unix',
                         socket=self.source_socket)
        return dev


def _check_size(connection_info, size, requested_size):
    """Answer the size in bytes that a disk has, if its volume fits into it.

    Of an encrypted volume, the disk lacks the header. Sizes of volumes are
    whole GiB, and no header is that large.
    """
    if size <= requested_size - units.Gi:
        raise exception.VolumeExtendFailed(
            volume_id=driver_block_device.get_volume_id(connection_info),
            reason='the import on this host has %d of %d bytes; see the log '
                   'of the compute hook' % (size, requested_size))
    return size


class LibvirtImportedBlockVolumeDriver(volume.LibvirtVolumeDriver):
    """Block devices that the hook imports."""

    def extend_volume(self, connection_info, instance, requested_size):
        """Answer the size: the device has grown before Nova heard of it."""
        path = os.path.realpath(connection_info['data']['device_path'])
        name = os.path.basename(path)
        with open('/sys/class/block/%s/size' % name) as sectors:
            size = int(sectors.read()) * 512
        return _check_size(connection_info, size, requested_size)


class LibvirtNbdSocketVolumeDriver(volume.LibvirtBaseVolumeDriver):
    """Volumes of type ``iorcl``."""

    def __init__(self, host):
        super().__init__(host, is_block_dev=False)

    def get_config(self, connection_info, disk_info):
        """Return xml for libvirt."""
        conf = LibvirtConfigGuestNbdSocketDisk()
        base = vars(super().get_config(connection_info, disk_info))
        source = ('source_type', 'source_protocol', 'source_socket')
        vars(conf).update({name: value for name, value in base.items()
                           if name not in source})
        conf.source_name = current_export(connection_info)
        conf.source_socket = connection_info['data']['socket_path']
        conf.driver_discard = 'unmap'
        return conf

    def extend_volume(self, connection_info, instance, requested_size):
        """Make QEMU see the size, and answer it in bytes."""
        guest = self.host.get_guest(instance)
        if not guest.is_active():
            # The next start opens an export of the new size.
            return requested_size
        disk = GuestNbdDisk(self.host, guest, connection_info)
        return _check_size(connection_info, disk.follow(requested_size),
                           requested_size)


def current_export(connection_info):
    """Answer the name under which the export has its newest size.

    An NBD server tells a size once, when a connection begins. So an import
    that grows offers itself anew, under another name, beside the old one
    that QEMU is connected to, and leaves the name in a file.
    """
    data = connection_info['data']
    try:
        with open(data['socket_path'] + '.export') as name:
            return name.read().strip()
    except FileNotFoundError:
        return data['export_name']


class GuestNbdDisk:
    """QEMU's block nodes of one disk, by the names that libvirt gives them.

    A raw node that the guest's device uses, and below it the NBD client.
    """

    def __init__(self, host, guest, connection_info):
        self._domain = guest._domain
        self._qemu = host._wrap_libvirt_proxy(_libvirt_qemu())
        self._socket = connection_info['data']['socket_path']
        self._export = current_export(connection_info)
        self._volume_id = driver_block_device.get_volume_id(connection_info)
        index = self._source_index(guest.get_xml_desc())
        self._top = 'libvirt-%s-format' % index
        self._client = 'libvirt-%s-storage' % index
        self._spare = 'iorcl-%s' % index

    def follow(self, requested_size):
        """Connect anew where that shows a larger disk; answer its size.

        The new connection begins before the old one ends, so that the guest
        waits for a moment and gets no error. In between the disk hangs on a
        spare node, since a node can't be renamed and libvirt looks for its
        own. Whatever was left of an earlier attempt is gone on with.
        """
        nodes = self._nodes()
        if self._top not in nodes:
            raise self._failure(
                'this libvirt does not put a raw node above an NBD client, '
                'so it can not be replaced in use; the new size is there '
                'after the next hard reboot')
        if self._spare not in nodes:
            if self._grown(nodes.get(self._client), requested_size):
                return self._size(nodes[self._client])
            self._add(self._spare)
            spare = self._nodes()[self._spare]
            if not self._grown(spare, requested_size):
                self._delete(self._spare)
                return self._size(spare)
        nodes = self._nodes()
        self._hang(nodes[self._top], self._spare)
        if self._client in nodes:
            self._delete(self._client)
        self._add(self._client)
        self._hang(nodes[self._top], self._client)
        self._delete(self._spare)
        return self._size(self._nodes()[self._client])

    def _source_index(self, xml):
        for disk in etree.fromstring(xml).iterfind('./devices/disk'):
            if disk.findtext('serial') == self._volume_id:
                return disk.find('source').get('index')
        raise exception.VolumeNotFound(volume_id=self._volume_id)

    def _nodes(self):
        nodes = self._ask('query-named-block-nodes')
        return {node['node-name']: node for node in nodes}

    @staticmethod
    def _size(node):
        return node['image']['virtual-size']

    def _grown(self, node, requested_size):
        return (node is not None and
                self._size(node) > requested_size - units.Gi)

    def _add(self, name):
        self._ask('blockdev-add', {
            'driver': 'nbd',
            'node-name': name,
            'server': {'type': 'unix', 'path': self._socket},
            'export': self._export,
            'auto-read-only': True,
            'discard': 'unmap',
            'cache': {'direct': True, 'no-flush': False},
        })

    def _hang(self, top, client):
        self._ask('blockdev-reopen', {'options': [{
            'driver': 'raw',
            'node-name': self._top,
            'file': client,
            'read-only': top['ro'],
            'discard': 'unmap',
            'detect-zeroes': top['detect_zeroes'],
            'cache': {'direct': top['cache']['direct'],
                      'no-flush': top['cache']['no-flush']},
        }]})

    def _delete(self, name):
        self._ask('blockdev-del', {'node-name': name})

    def _ask(self, command, arguments=None):
        asked = {'execute': command, 'arguments': arguments or {}}
        answer = json.loads(self._qemu.qemuMonitorCommand(
            self._domain, json.dumps(asked), 0))
        if 'error' in answer:
            raise self._failure(
                'QEMU refused %s: %s' % (command, answer['error']['desc']))
        return answer['return']

    def _failure(self, reason):
        return exception.VolumeExtendFailed(volume_id=self._volume_id,
                                            reason=reason)


def _libvirt_qemu():
    # As Nova does with libvirt: what only needs the module's names must not
    # need the library.
    import libvirt_qemu
    return libvirt_qemu


_OWN_VOLUME_DRIVERS = {
    'iorcl': LibvirtNbdSocketVolumeDriver,
    'local': LibvirtImportedBlockVolumeDriver,
}


class LibvirtDriver(libvirt_driver.LibvirtDriver):
    """Nova's libvirt driver with the volumes of iorcl's compute hook."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self._own_volume_drivers = {}

    def _get_volume_driver(self, connection_info):
        kind = connection_info.get('driver_volume_type')
        if not _is_imported(connection_info):
            return super()._get_volume_driver(connection_info)
        if kind not in self._own_volume_drivers:
            self._own_volume_drivers[kind] = _OWN_VOLUME_DRIVERS[kind](
                self._host)
        return self._own_volume_drivers[kind]

    def extend_volume(self, context, connection_info, instance,
                      requested_size):
        """Extend the disk of a running guest."""
        if connection_info.get('driver_volume_type') == 'iorcl':
            self._extend_volume(connection_info, instance, requested_size)
            self._tell_hook(context, connection_info)
        super().extend_volume(context, connection_info, instance,
                              requested_size)

    def _tell_hook(self, context, connection_info):
        """Ask for the volume once more.

        By this the hook learns that QEMU has left the export of the old size,
        before the guest may use the new one. It would find out by itself.
        """
        volume_id = driver_block_device.get_volume_id(connection_info)
        try:
            self._volume_api.get(context, volume_id)
        except Exception as error:
            LOG.warning('Volume %s could not be asked for: %s', volume_id,
                        error)

    def _detach_with_retry(self, guest, instance_uuid, get_device_conf_func,
                           device_name):
        super()._detach_with_retry(
            guest, instance_uuid,
            functools.partial(_named_hosts_only, get_device_conf_func),
            device_name)


def _is_imported(connection_info):
    """Answer whether a volume is imported by the hook.

    Block devices of others have the same type as its own.
    """
    kind = connection_info.get('driver_volume_type')
    if kind == 'local':
        return connection_info['data'].get('imported_by') == 'iorcl'
    return kind == 'iorcl'


def _named_hosts_only(get_device_conf_func, *args, **kwargs):
    """Answer a device without the sockets that Nova does not read from XML.

    They are hosts without a name to it, of which it can't make XML again. To
    detach a disk libvirt wants its target alone.
    """
    conf = get_device_conf_func(*args, **kwargs)
    if getattr(conf, 'source_protocol', None) == 'nbd':
        conf.source_hosts = [name for name in conf.source_hosts if name]
    return conf
