# What the machine itself must have. A line each: a file or command that shows it is there, the Debian package, what for.
# Sourced by run.
readonly DEBIAN_PACKAGES=(
  "qemu-storage-daemon qemu-system-common 'the data plane'"
  "qemu-img qemu-utils 'NBD clients of demo and tests'"
  "gcc gcc 'builds the netlink binding'"
  "unshare util-linux 'gives the demo a network of its own'"
)
# Needed by some tests only.
readonly DEBIAN_PACKAGES_FOR_TESTS=(
  "x86_64-linux-gnu-gcc gcc-x86-64-linux-gnu 'builds the netlink binding for both machines, as a release has it'"
  "aarch64-linux-gnu-gcc gcc-aarch64-linux-gnu 'the same'"
  "musl-gcc musl-tools 'loads the netlink binding with musl'"
  "qemu-nbd qemu-utils 'a storage server for the NBD backend'"
  "tgtd tgt 'a storage server for the iSCSI backend'"
  "/usr/lib/$(uname -m)-linux-gnu/qemu/block-iscsi.so qemu-block-extra 'iSCSI and RBD backends'"
  "ceph-mon ceph-mon 'a storage cluster for the RBD backend'"
  "ceph-osd ceph-osd 'the same'"
  "rbd ceph-common 'the same'"
  "ganesha.nfsd nfs-ganesha 'a storage server for the NFS backend'"
  "/usr/lib/$(uname -m)-linux-gnu/ganesha/libfsalvfs.so nfs-ganesha-vfs 'the same'"
  "rpcbind rpcbind 'the same'"
  "script bsdutils 'a terminal for the test of the demo'"
  "ovs-vswitchd openvswitch-switch 'Open vSwitch tests'"
  "sshd openssh-server 'tests of commands over SSH'"
  "nvme nvme-cli 'a client of the nvmet driver'"
  "/usr/lib/python3/dist-packages/os_brick python3-os-brick 'what a stock nova-compute connects NVMe volumes with'"
  "cryptsetup cryptsetup-bin 'encrypted block devices'"
  "losetup mount 'block devices of tests'"
)
