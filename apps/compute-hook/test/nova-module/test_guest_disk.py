"""A running QEMU whose disk is an NBD server that grows, under libvirt.

The hypervisor is libvirt's QEMU driver inside this process; guests have no
operating system, and read and write by QEMU's monitor.
"""

import json
import os
import shutil
import socket
import subprocess
import tempfile
import threading
import time
import unittest

from nova import exception
from nova.virt import iorcl
from nova.virt.libvirt import guest as libvirt_guest
from oslo_utils import units

try:
    import libvirt
    import libvirt_qemu
except ImportError as error:
    libvirt = None
    LACKING = str(error)
else:
    LACKING = next(
        (what for what in ('qemu-system-x86_64', 'qemu-storage-daemon')
         if shutil.which(what) is None), None)
    if os.getuid() != 0:
        LACKING = 'needs root'

VOLUME = '56858951-2fa8-45b5-bc5a-e636ae67e47b'
DOMAIN = '''<domain type='qemu'>
  <name>iorcl-test</name><memory unit='MiB'>64</memory><vcpu>1</vcpu>
  <os><type arch='x86_64' machine='pc'>hvm</type></os>
  <features><acpi/></features>
  <devices><emulator>/usr/bin/qemu-system-x86_64</emulator></devices>
</domain>'''
QEMU_CONF = '''user = "root"
group = "root"
security_driver = "none"
remember_owner = 0
stdio_handler = "file"
'''


class Import:
    """What an importer offers QEMU: an NBD server that it can let grow."""

    def __init__(self, directory, size):
        self.socket = directory + '/nbd.sock'
        self.volume = directory + '/volume'
        self._qmp = directory + '/qmp.sock'
        with open(self.volume, 'w') as volume:
            volume.truncate(size)
        self.process = subprocess.Popen([
            'qemu-storage-daemon',
            '--chardev',
            'socket,id=qmp,path=%s,server=on,wait=off' % self._qmp,
            '--monitor', 'chardev=qmp',
            '--blockdev', 'file,node-name=disk,filename=' + self.volume,
            '--nbd-server', 'addr.type=unix,addr.path=' + self.socket,
            '--export',
            'nbd,id=disk,node-name=disk,name=disk,writable=on'])
        deadline = time.monotonic() + 30
        while not os.path.exists(self.socket):
            if time.monotonic() > deadline:
                raise RuntimeError('qemu-storage-daemon does not start')
            time.sleep(0.02)

    @property
    def connection_info(self):
        return {'driver_volume_type': 'iorcl', 'serial': VOLUME,
                'data': {'socket_path': self.socket, 'export_name': 'disk',
                         'access_mode': 'rw', 'imported_by': 'iorcl'}}

    def offer(self, size):
        """Beside what there is, under a name of its own."""
        os.truncate(self.volume, size)
        name = 'disk-%d' % size
        self.ask('blockdev-add', {
            'driver': 'file', 'node-name': name, 'filename': self.volume})
        self.ask('block-export-add', {
            'type': 'nbd', 'id': name, 'node-name': name, 'name': name,
            'writable': True})
        with open(self.socket + '.export', 'w') as current:
            current.write(name)

    def ask(self, command, arguments):
        with socket.socket(socket.AF_UNIX) as monitor:
            monitor.connect(self._qmp)
            answers = monitor.makefile('rw')
            answers.readline()
            for each, its in (('qmp_capabilities', {}), (command, arguments)):
                answers.write(json.dumps({'execute': each,
                                          'arguments': its}) + '\n')
                answers.flush()
                answer = {'event': None}
                while 'event' in answer:
                    answer = json.loads(answers.readline())
            return answer

    def end(self):
        self.process.kill()
        self.process.wait()


class Host:
    """What the module asks of Nova's host."""

    def __init__(self, domain):
        self.guest = libvirt_guest.Guest(domain)

    def get_guest(self, _instance):
        return self.guest

    def find_secret(self, *_args):
        return None

    @staticmethod
    def _wrap_libvirt_proxy(module):
        return module


@unittest.skipIf(LACKING, LACKING)
class GuestDisk(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.root = tempfile.mkdtemp(prefix='iorcl-libvirt-')
        os.makedirs(cls.root + '/etc')
        with open(cls.root + '/etc/qemu.conf', 'w') as conf:
            conf.write(QEMU_CONF)
        libvirt.registerErrorHandler(lambda *_: None, None)
        libvirt.virEventRegisterDefaultImpl()

        def events():
            while True:
                libvirt.virEventRunDefaultImpl()
        threading.Thread(target=events, daemon=True).start()
        cls.libvirt = libvirt.open('qemu:///embed?root=' + cls.root)

    @classmethod
    def tearDownClass(cls):
        cls.libvirt.close()
        shutil.rmtree(cls.root)

    def setUp(self):
        directory = tempfile.mkdtemp(prefix='iorcl-nbd-')
        self.addCleanup(shutil.rmtree, directory)
        self.disk = Import(directory, units.Gi)
        self.addCleanup(self.disk.end)
        self.domain = self.libvirt.createXML(DOMAIN, 0)
        self.addCleanup(self.domain.destroy)
        self.host = Host(self.domain)
        self.driver = iorcl.LibvirtNbdSocketVolumeDriver(self.host)
        self.attach()

    def attach(self):
        conf = self.driver.get_config(
            self.disk.connection_info,
            {'dev': 'vdb', 'bus': 'virtio', 'type': 'disk'})
        self.host.guest.attach_device(conf, live=True)
        self.addCleanup(self.assert_whole)

    def ask(self, command, **arguments):
        answer = json.loads(libvirt_qemu.qemuMonitorCommand(
            self.domain,
            json.dumps({'execute': command, 'arguments': arguments}), 0))
        self.assertIn('return', answer, answer)
        return answer['return']

    def nodes(self):
        return {node['node-name']: node['image']['virtual-size']
                for node in self.ask('query-named-block-nodes')}

    def guest_does(self, request):
        """By the guest's own device, and past its error handling."""
        self.ask('human-monitor-command', **{
            'command-line':
                'qemu-io -d /machine/peripheral/virtio-disk1/virtio-backend '
                '"%s"' % request})

    def volume_has(self, offset, byte):
        with open(self.disk.volume, 'rb') as volume:
            volume.seek(offset)
            return volume.read(4096) == bytes([byte]) * 4096

    def extend(self, size):
        """As Nova's driver: the module, then libvirt's resize."""
        new_size = self.driver.extend_volume(
            self.disk.connection_info, None, size)
        self.host.guest.get_block_device('vdb').resize(new_size)
        return new_size

    def assert_whole(self):
        """Libvirt finds its own nodes, and nothing else is there."""
        for name in self.nodes():
            self.assertRegex(name, '^libvirt-[12]-(format|storage)$')

    def test_grows_twice_and_the_guest_sees_it_and_keeps_its_data(self):
        self.guest_does('write -P 0x61 0 4k')
        for size in (2 * units.Gi, 3 * units.Gi):
            self.disk.offer(size)
            self.assertEqual(self.extend(size), size)
            self.assertEqual(set(self.nodes().values()), {size})
            self.assertEqual(self.domain.blockInfo('vdb')[0], size)
            self.guest_does('write -P 0x62 %d 4k' % (size - 4096))
            self.assertTrue(self.volume_has(size - 4096, 0x62))
        self.guest_does('write -P 0x63 4k 4k')
        self.assertTrue(self.volume_has(0, 0x61))
        self.assertTrue(self.volume_has(4096, 0x63))

    def test_leaves_the_old_export_which_can_then_be_ended(self):
        self.disk.offer(2 * units.Gi)
        safely = {'id': 'disk', 'mode': 'safe'}
        self.assertIn('error', self.disk.ask('block-export-del', safely))
        self.extend(2 * units.Gi)
        self.assertIn('return', self.disk.ask('block-export-del', safely))

    def test_what_is_requested_twice_is_done_once(self):
        self.disk.offer(2 * units.Gi)
        self.extend(2 * units.Gi)
        os.unlink(self.disk.socket + '.export')
        self.assertEqual(self.extend(2 * units.Gi), 2 * units.Gi)

    def test_an_import_that_has_not_grown_is_an_error_and_nothing_is_left(
            self):
        with self.assertRaisesRegex(exception.VolumeExtendFailed,
                                    'compute hook'):
            self.extend(2 * units.Gi)
        self.assertEqual(self.domain.blockInfo('vdb')[0], units.Gi)

    def test_a_block_device_of_the_hook_grows(self):
        if not os.path.exists('/dev/loop-control'):
            self.skipTest('needs loop devices')
        file = os.path.dirname(self.disk.volume) + '/block'
        with open(file, 'w') as volume:
            volume.truncate(units.Gi)
        device = subprocess.check_output(
            ['losetup', '--find', '--show', file], text=True).strip()
        self.addCleanup(subprocess.check_call, ['losetup', '-d', device])
        self.addCleanup(self.domain.detachDevice, '<disk type="block">'
                        '<target dev="vdc"/></disk>')
        info = {'driver_volume_type': 'local',
                'data': {'device_path': device, 'imported_by': 'iorcl'}}
        driver = iorcl.LibvirtImportedBlockVolumeDriver(self.host)
        conf = driver.get_config(
            info, {'dev': 'vdc', 'bus': 'virtio', 'type': 'disk'})
        self.host.guest.attach_device(conf, live=True)
        os.truncate(file, 2 * units.Gi)
        subprocess.check_call(['losetup', '--set-capacity', device])
        size = driver.extend_volume(info, None, 2 * units.Gi)
        self.host.guest.get_block_device(device).resize(size)
        self.assertEqual(self.domain.blockInfo('vdc')[2], 2 * units.Gi)

    def test_detaches_after_it_has_grown(self):
        self.disk.offer(2 * units.Gi)
        self.extend(2 * units.Gi)
        conf = iorcl._named_hosts_only(self.host.guest.get_disk, 'vdb')
        self.host.guest.detach_device(conf, live=True)

    def test_an_attempt_that_was_interrupted_anywhere_is_gone_on_with(self):
        size = units.Gi
        for steps in range(1, 7):
            left = iter(range(steps))
            ask = iorcl.GuestNbdDisk._ask

            def dying(disk, command, arguments=None):
                if command.startswith('block') and next(left, None) is None:
                    raise InterruptedError
                return ask(disk, command, arguments)
            with self.subTest(steps=steps):
                self.disk.offer(size + units.Gi)
                size += units.Gi
                iorcl.GuestNbdDisk._ask = dying
                try:
                    self.extend(size)
                except InterruptedError:
                    pass
                finally:
                    iorcl.GuestNbdDisk._ask = ask
                self.guest_does('write -P 0x64 0 4k')
                self.assertTrue(self.volume_has(0, 0x64))
                self.assertEqual(self.extend(size), size)
                self.assertEqual(set(self.nodes()), {
                    'libvirt-1-format', 'libvirt-1-storage'})
                self.guest_does('write -P 0x65 %d 4k' % (size - 4096))
                self.assertTrue(self.volume_has(size - 4096, 0x65))
