# Debian packages of the lab. Sourced by run.
apt_update() {
  local attempt
  for attempt in $(seq 12); do apt-get -qq update >&2 && return 0; sleep 5; done
  return 1
}

# need COMMAND-OR-FILE PACKAGE …: installs the packages of which the command or file is missing.
need() {
  local missing=()
  while [ $# -gt 0 ]; do
    [ -e "$1" ] || type -P "$1" >/dev/null || missing+=("$2")
    shift 2
  done
  [ ${#missing[@]} -eq 0 ] && return 0
  [ "$(id -u)" = 0 ] && type -P apt-get >/dev/null || { say "install ${missing[*]} as root"; return 1; }
  say "apt-get install ${missing[*]}"
  apt_update && DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=600 -o Dpkg::Use-Pty=0 \
    install -y --no-install-recommends "${missing[@]}" >/dev/null
}

# download PACKAGE DIRECTORY: the .deb, unpacked by nobody yet.
download() {
  apt_update && (cd "$2" && apt-get -qq -o APT::Sandbox::User=root download "$1" >&2)
}
