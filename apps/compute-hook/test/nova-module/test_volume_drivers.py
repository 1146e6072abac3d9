"""What the module makes of connection_info, in Nova's own terms."""

import os
import tempfile
import unittest
from unittest import mock

from lxml import etree
from nova import exception
from nova.virt import iorcl
from nova.virt.libvirt import config as vconfig
from nova.virt.libvirt import driver as libvirt_driver
from nova.virt.libvirt import migration
from oslo_utils import units

VOLUME = '56858951-2fa8-45b5-bc5a-e636ae67e47b'
VDB = {'dev': 'vdb', 'bus': 'virtio', 'type': 'disk'}


def connection_info(kind, **data):
    return {'driver_volume_type': kind, 'serial': VOLUME,
            'data': dict({'volume_id': VOLUME, 'access_mode': 'rw',
                          'qos_specs': None, 'encrypted': False}, **data)}


def nbd(directory, **data):
    return connection_info(
        'iorcl', transport='unix', export_name='disk', imported_by='iorcl',
        socket_path=os.path.join(directory, 'nbd.sock'), **data)


class Driver(iorcl.LibvirtDriver):
    """Without libvirtd, and with what its parent's calls tell it."""

    def __init__(self):
        self._host = mock.Mock()
        self._host.find_secret.return_value = None
        self._own_volume_drivers = {}
        self.volume_drivers = {}
        self._volume_api = mock.Mock()


class InDirectory(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = directory.name
        self.driver = Driver()


class WhoseVolume(InDirectory):
    def test_types_of_other_volumes_are_novas(self):
        for kind in ('gpfs', 'local', 'rbd'):
            driver = self.driver._get_volume_driver(connection_info(kind))
            self.assertTrue(type(driver).__module__.startswith(
                'nova.virt.libvirt.volume.'), kind)

    def test_an_unknown_type_is_refused_as_by_nova(self):
        with self.assertRaises(exception.VolumeDriverNotFound):
            self.driver._get_volume_driver(connection_info('nbd'))

    def test_what_the_hook_imported_is_the_modules(self):
        for kind, expected in (
                ('local', iorcl.LibvirtImportedBlockVolumeDriver),
                ('iorcl', iorcl.LibvirtNbdSocketVolumeDriver)):
            info = connection_info(kind, imported_by='iorcl')
            driver = self.driver._get_volume_driver(info)
            self.assertIsInstance(driver, expected)
            self.assertIs(driver, self.driver._get_volume_driver(info))


class NbdSocketDisk(InDirectory):
    def xml(self, info):
        driver = self.driver._get_volume_driver(info)
        return driver.get_config(info, VDB).to_xml()

    def test_qemu_opens_the_socket_and_the_guest_sees_the_volumes_id(self):
        disk = etree.fromstring(self.xml(nbd('/i/a')))
        source = disk.find('source')
        self.assertEqual(dict(disk.attrib), {'type': 'network',
                                             'device': 'disk'})
        self.assertEqual(dict(source.attrib), {'protocol': 'nbd',
                                               'name': 'disk'})
        self.assertEqual(dict(source.find('host').attrib),
                         {'transport': 'unix', 'socket': '/i/a/nbd.sock'})
        self.assertEqual(disk.findtext('serial'), VOLUME)
        driver = disk.find('driver')
        self.assertEqual([driver.get(key) for key in (
            'type', 'cache', 'discard')], ['raw', 'none', 'unmap'])

    def test_traits_of_the_volume_are_applied_as_nova_does(self):
        info = nbd('/i/a', qos_specs={'total_iops_sec': '500'})
        info['data']['access_mode'] = 'ro'
        disk = etree.fromstring(self.xml(info))
        self.assertIsNotNone(disk.find('readonly'))
        self.assertEqual(disk.findtext('iotune/total_iops_sec'), '500')

    def test_an_import_that_has_grown_is_opened_by_its_newest_name(self):
        with open(self.directory + '/nbd.sock.export', 'w') as name:
            name.write('disk-2147483648\n')
        disk = etree.fromstring(self.xml(nbd(self.directory)))
        self.assertEqual(disk.find('source').get('name'), 'disk-2147483648')

    def test_in_a_live_migration_the_destinations_socket_is_what_it_opens(
            self):
        source = ('<domain><devices>%s</devices></domain>' %
                  self.xml(nbd('/i/source')).replace(
                      '<serial>', '<address slot="3"/><serial>'))
        bdm = mock.Mock(serial=VOLUME, connection_info=nbd('/i/destination'))
        bdm.as_disk_info.return_value = VDB
        bdm.obj_attr_is_set.return_value = False

        def config(_instance, info, disk):
            return self.driver._get_volume_driver(info).get_config(info, disk)
        xml = migration._update_volume_xml(
            etree.fromstring(source), mock.Mock(bdms=[bdm]), None, config)
        disk = xml.find('./devices/disk')
        self.assertEqual([host.get('socket') for host in
                          disk.iterfind('source/host')],
                         ['/i/destination/nbd.sock'])
        self.assertEqual(disk.find('address').get('slot'), '3')

    def test_what_nova_reads_back_of_it_can_be_detached(self):
        conf = vconfig.LibvirtConfigGuestDisk()
        conf.parse_str(self.xml(nbd('/i/a')))
        detached = []

        def stock(_self, guest, uuid, get_conf, name):
            detached.append(get_conf(from_persistent_config=True).to_xml())
            detached.append(get_conf().to_xml())

        with mock.patch.object(libvirt_driver.LibvirtDriver,
                               '_detach_with_retry', stock):
            self.driver._detach_with_retry(
                None, 'uuid', lambda from_persistent_config=False: conf, 'vdb')
        for xml in detached:
            self.assertEqual(
                etree.fromstring(xml).find('target').get('dev'), 'vdb')

    def test_other_devices_are_detached_as_by_nova(self):
        conf = vconfig.LibvirtConfigGuestDisk()
        conf.source_type = 'network'
        conf.source_protocol = 'rbd'
        conf.source_hosts = ['mon-1']
        kept = iorcl._named_hosts_only(lambda: conf)
        self.assertEqual(kept.source_hosts, ['mon-1'])
        self.assertIsNone(iorcl._named_hosts_only(lambda: None))


class Extend(InDirectory):
    def device(self, size):
        """A block device whose size is told by /sys."""
        info = connection_info('local', device_path='/dev/nbd7',
                               imported_by='iorcl')
        sectors = mock.mock_open(read_data='%d\n' % (size // 512))
        opening = mock.patch('builtins.open', sectors)
        opening.start()
        self.addCleanup(opening.stop)
        return info

    def extend(self, info, requested_size):
        return self.driver._extend_volume(info, None, requested_size)

    def test_a_block_device_has_grown_already(self):
        info = self.device(2 * units.Gi)
        self.assertEqual(self.extend(info, 2 * units.Gi), 2 * units.Gi)

    def test_it_lacks_the_header_of_an_encrypted_volume(self):
        size = 2 * units.Gi - 16 * units.Mi
        self.assertEqual(self.extend(self.device(size), 2 * units.Gi), size)

    def test_one_that_has_not_grown_is_an_error_that_says_so(self):
        with self.assertRaisesRegex(exception.VolumeExtendFailed,
                                    'compute hook'):
            self.extend(self.device(units.Gi), 2 * units.Gi)

    def test_files_and_devices_of_others_are_refused_as_by_nova(self):
        for info in (connection_info('gpfs', device_path='/imports/a/disk',
                                     imported_by='iorcl'),
                     connection_info('local', device_path='/dev/sdb')):
            with self.assertRaises(exception.ExtendVolumeNotSupported):
                self.driver.extend_volume(None, info, None, 2 * units.Gi)

    def test_of_a_guest_that_does_not_run_there_is_nothing_to_do(self):
        self.driver._host.get_guest.return_value.is_active.return_value = False
        info = nbd(self.directory)
        self.assertEqual(self.extend(info, 2 * units.Gi), 2 * units.Gi)

    def test_the_hook_is_told_before_the_guest(self):
        events = []
        self.driver._extend_volume = lambda *_: events.append('reconnect')
        self.driver._volume_api.get.side_effect = (
            lambda _context, volume: events.append('GET ' + volume))
        with mock.patch.object(libvirt_driver.LibvirtDriver, 'extend_volume',
                               lambda *_: events.append('resize')):
            self.driver.extend_volume(None, nbd('/i/a'), None, units.Gi)
            self.assertEqual(events, ['reconnect', 'GET ' + VOLUME, 'resize'])
            self.driver._volume_api.get.side_effect = OSError('away')
            self.driver.extend_volume(None, nbd('/i/a'), None, units.Gi)
            self.assertEqual(events[3:], ['reconnect', 'resize'])
