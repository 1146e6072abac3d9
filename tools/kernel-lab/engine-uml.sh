# User Mode Linux, built from Debian's kernel source. Sourced by run.

# A changed configuration is another kernel.
uml_directory() {
  printf '%s/uml-%s' "$CACHE" "$(cat "$HERE/uml.config" "$HERE/uml-xsave-shim.c" | sha256sum | cut -c1-12)"
}

uml_is_ready() { [ -x "$(uml_directory)/linux" ] && [ -s "$(uml_directory)/shim.so" ]; }

uml_setup() {
  [ "$(uname -m)" = x86_64 ] || { say "User Mode Linux needs an x86-64 machine"; return 1; }
  need gcc gcc /bin/busybox busybox-static modprobe kmod || return 1
  uml_is_ready && return 0
  need make make flex flex bison bison bc bc xz xz-utils /usr/include/stdio.h libc6-dev || return 1
  local work version source=linux-source-6.1
  work=$(mktemp -d "$CACHE/build.XXXXXX")
  say "building the lab's kernel from Debian's $source: once, about 5 minutes on two processors (log: $CACHE/build.log)"
  if ! (
    set -e
    download "$source" "$work"
    dpkg-deb --fsys-tarfile "$work/$source"_*.deb | tar -xO "./usr/src/$source.tar.xz" | tar -xJ -C "$work"
    cd "$work/$source"
    export ARCH=um
    make -s defconfig
    scripts/kconfig/merge_config.sh -m .config "$HERE/uml.config"
    make -s olddefconfig
    nice make -s -j"$(nproc)" linux
  ) >"$CACHE/build.log" 2>&1; then
    tail -20 "$CACHE/build.log" >&2
    rm -rf "$work"
    return 1
  fi
  version=$(make -s -C "$work/$source" ARCH=um kernelrelease)
  local made=$work/made modules=$work/made/lib/modules/$version
  mkdir -p "$modules"
  cp "$work/$source"/modules.builtin "$work/$source"/modules.builtin.modinfo "$modules/"
  : >"$modules/modules.order"
  depmod -b "$made" "$version"
  strip -o "$made/linux" "$work/$source/linux"
  gcc -O2 -shared -fPIC -o "$made/shim.so" "$HERE/uml-xsave-shim.c"
  rm -rf "$(uml_directory)"
  chmod 755 "$made"
  mv -T "$made" "$(uml_directory)"
  rm -rf "$work"
}

# The processor has one core; the console's last line is the kernel's last word.
uml_boot() {
  LD_PRELOAD=$(uml_directory)/shim.so setsid "$(uml_directory)/linux" mem="${MEMORY_MB}M" \
    root=/dev/root rootfstype=hostfs rootflags=/ ro quiet nbd.max_part=0 init="$RUN/guest-init" lab="$RUN" uml_dir="$RUN/" \
    con=null con0=null,fd:1 ssl=null </dev/null >"$RUN/console" 2>&1 &
  MACHINE=$!
}

uml_modules() { printf '%s/lib/modules' "$(uml_directory)"; }
