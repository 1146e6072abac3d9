# shellcheck shell=bash
# Is this a machine the testbed can run on? Says what is wrong before anything is changed.

TESTBED_PORTS='3306:mariadb 4369:epmd 5672:rabbitmq 11211:memcached 5000:keystone 8778:placement 9292:glance-api
  8776:cinder-api 9696:neutron-server 8774:nova-api 8775:nova-api'
HYPERVISOR_PORTS='6640:ovsdb-server 6633:neutron-openvswitch-agent 3300:ceph-mon 6789:ceph-mon'

# why_not: prints why this machine can't run the testbed, a reason per line; nothing if it can. Changes nothing.
why_not() {
  local memory disk
  if [ "$(id -u)" != 0 ]; then
    echo 'not root'
  elif ! (. /etc/os-release && [ "${VERSION_CODENAME:-}" = bookworm ]); then
    echo 'not Debian 12 (bookworm)'
  elif [ "$(dpkg --print-architecture)" != amd64 ]; then
    echo 'not amd64'
  elif full && ! [ -c /dev/net/tun ]; then
    echo 'no /dev/net/tun'
  elif ! unshare --mount --net --propagation private true 2>/dev/null; then
    echo 'mounts and network namespaces are not allowed'
  elif full && [ -e /etc/ceph/ceph.conf ] && [ "$(readlink /etc/ceph/ceph.conf)" != "$CEPH_CONF" ]; then
    echo '/etc/ceph/ceph.conf belongs to another Ceph cluster'
  else
    taken_ports
    memory=$(awk '/^MemAvailable/ {print int($2 / 1024)}' /proc/meminfo)
    disk=$(df --output=avail -m "$(existing_parent "$TESTBED_DIR")" | tail -n 1)
    alive mariadb || [ "$memory" -ge 4000 ] || echo "only $memory MiB of memory available, 4000 are needed"
    [ -e "$SETTINGS_FILE" ] || [ "$disk" -ge 5000 ] || echo "only $disk MB free for $TESTBED_DIR, 5000 are needed"
  fi
}

existing_parent() {
  local path=$1
  until [ -e "$path" ]; do path=$(dirname "$path"); done
  printf '%s' "$path"
}

preflight() {
  [ "$(id -u)" = 0 ] || die "must run as root"
  (. /etc/os-release && [ "${VERSION_CODENAME:-}" = bookworm ]) || warn "made for Debian bookworm; this is something else"
  [ "$(dpkg --print-architecture)" = amd64 ] || die "amd64 only (guest kernel, machine type)"
  [ ${#TESTBED_DIR} -le 60 ] || die "TESTBED_DIR is too long for the unix sockets in it: $TESTBED_DIR"
  [[ $TESTBED_DIR =~ ^/[A-Za-z0-9._/-]+$ ]] || die "TESTBED_DIR must be an absolute path of plain characters: $TESTBED_DIR"

  local memory
  memory=$(awk '/^MemAvailable/ {print int($2 / 1024)}' /proc/meminfo)
  [ "$memory" -ge 4000 ] || alive mariadb || warn "only $memory MiB of memory available; the testbed needs about 4 GiB"

  mkdir -p "$TESTBED_DIR"
  chmod 755 "$TESTBED_DIR"
  # mysql, rabbitmq and dnsmasq's user must get to their files
  setpriv --reuid=nobody --clear-groups test -x "$TESTBED_DIR" 2>/dev/null ||
    die "$TESTBED_DIR is not reachable for other users: a parent directory is private"
  touch "$TESTBED_DIR/.testbed" # `down --wipe` deletes only a directory with this mark
  mkdir -p "$ETC" "$LOG" "$RUN" "$DONE" "$CACHE"

  if full; then
    [ -c /dev/net/tun ] || die "no /dev/net/tun: the guests' network cards need it"
    [ ! -e /etc/ceph/ceph.conf ] || [ "$(readlink /etc/ceph/ceph.conf)" = "$CEPH_CONF" ] ||
      die "/etc/ceph/ceph.conf belongs to another Ceph cluster"
  fi
  preflight_ports
}

# Something else on one of our ports would look like our own daemon.
taken_ports() {
  local entry port daemon
  for entry in $TESTBED_PORTS $(full && echo "$HYPERVISOR_PORTS" || true); do
    port=${entry%%:*} daemon=${entry#*:}
    alive "$daemon" || ! listens "$port" || echo "port $port ($daemon) is taken by something else on this machine"
  done
}

preflight_ports() {
  local taken
  taken=$(taken_ports)
  [ -z "$taken" ] || die "${taken%%$'\n'*}"
}

# sudo (Nova's and Neutron's rootwrap) complains, slowly, about a host name that it can't look up.
resolve_own_name() {
  getent hosts "$(hostname)" >/dev/null || echo "127.0.1.1 $(hostname)" >>/etc/hosts
}
