# Debian's stock cloud kernel, emulated by QEMU (TCG), over virtiofs. Sourced by run.

tcg_directory() { printf '%s/tcg' "$CACHE"; }

tcg_is_ready() { [ -s "$(tcg_directory)/initrd" ]; }

tcg_setup() {
  need qemu-system-x86_64 qemu-system-x86 /usr/lib/qemu/virtiofsd qemu-system-common \
    /bin/busybox busybox-static modprobe kmod cpio cpio || return 1
  tcg_is_ready && return 0
  local work package version module file
  work=$(mktemp -d "$CACHE/tcg.XXXXXX")
  apt_update || return 1
  package=$(apt-cache depends linux-image-cloud-amd64 | awk '/Depends: linux-image-/{print $2; exit}')
  [ -n "$package" ] && download "$package" "$work" || { rm -rf "$work"; return 1; }
  # Unpacked, not installed: this machine's own boot is none of our business.
  dpkg-deb -x "$work/$package"_*.deb "$work"
  version=$(ls "$work/lib/modules")
  depmod -b "$work" "$version"
  mv "$work"/boot/vmlinuz-* "$work/vmlinuz"
  mkdir -p "$work/initial/bin"
  cp /bin/busybox "$work/initial/bin/"
  ln -s busybox "$work/initial/bin/sh"
  : >"$work/initial/order"
  for module in virtio_pci virtiofs overlay; do
    for file in $(modprobe -d "$work" -S "$version" --show-depends "$module" | awk '/^insmod/{print $2}'); do
      grep -qx "${file##*/}" "$work/initial/order" && continue
      cp "$file" "$work/initial/"
      echo "${file##*/}" >>"$work/initial/order"
    done
  done
  printf '%s\n' '#!/bin/sh' 'b=/bin/busybox; $b mkdir /host' 'while read module; do $b insmod /$module; done < /order' \
    '$b mount -t virtiofs host /host' 'exec $b sh /host$lab/guest-init /host' >"$work/initial/init"
  chmod +x "$work/initial/init"
  (cd "$work/initial" && find . | cpio -o -H newc --quiet | gzip -1) >"$work/initrd"
  rm -rf "$work"/*.deb "$work/initial" "$work/boot" "$work/usr"
  chmod 755 "$work"
  rm -rf "$(tcg_directory)"
  mv -T "$work" "$(tcg_directory)"
}

tcg_boot() {
  local share=/usr/lib/qemu/virtiofsd attempt networks=() number=0 nic server
  setsid "$share" --socket-path="$RUN/share" -o sandbox=chroot -o source=/ -o cache=always >"$RUN/virtiofsd.log" 2>&1 &
  PROCESSES+=("$!")
  disown "$!"
  for attempt in $(seq 100); do [ -S "$RUN/share" ] && break; sleep 0.05; done
  for nic in ${NICS[@]+"${NICS[@]}"}; do
    server=off; [ "${nic%%:*}" = listen ] && server=on
    networks+=(-netdev "stream,id=n$number,server=$server,addr.type=unix,addr.path=${nic#*:}"
      -device "virtio-net-pci,netdev=n$number,romfile=,mac=52:54:00:00:$(printf '%02x:%02x' $((RANDOM % 256)) $number)")
    number=$((number + 1))
  done
  setsid qemu-system-x86_64 -M q35 -accel tcg,thread=multi -cpu max -smp "$PROCESSORS" -m "$MEMORY_MB" \
    -nodefaults -no-user-config -display none -no-reboot -serial stdio \
    -kernel "$(tcg_directory)/vmlinuz" -initrd "$(tcg_directory)/initrd" \
    -append "console=ttyS0 quiet panic=-1 mitigations=off nokaslr cryptomgr.notests random.trust_cpu=on no_timer_check nbd.max_part=0 lab=$RUN" \
    -object "memory-backend-memfd,id=memory,size=${MEMORY_MB}M,share=on" -numa node,memdev=memory \
    -chardev "socket,id=share,path=$RUN/share" -device vhost-user-fs-pci,chardev=share,tag=host \
    ${networks[@]+"${networks[@]}"} </dev/null >"$RUN/console" 2>&1 &
  MACHINE=$!
}

tcg_modules() { printf '%s/lib/modules' "$(tcg_directory)"; }
