#!/bin/bash
# make-xen.sh OUT: makes a Xen server that QEMU can run, unless OUT has it already. As root, on Debian 12; it installs
# what it lacks here.
#
#   OUT/xen, OUT/vmlinuz, OUT/initrd.img    the hypervisor, the kernel of dom0 and its initial ramdisk
#   OUT/dom0.img                            the disk of dom0: Debian, with sshd, libvirt and guests' files in /srv/domu
#   OUT/key, OUT/key.pub, OUT/host_key.pub  the key that root's account lets in, and the one that sshd shows
#
# The packages are unpacked, not installed; what installing would have made lies in dom0/, which goes over them.
# Everything is built in a folder of its own and renamed when whole, so that an interruption leaves no half-made server.
# Downloads and keys stay for the next time.
set -euo pipefail
[ $# = 1 ] || { echo "usage: make-xen.sh OUT" >&2; exit 2; }
SOURCE=$(cd "$(dirname "$0")" && pwd)
PATH=$PATH:/usr/sbin:/sbin

# Of dom0, with what they need; the first four find its disk.
DISK_MODULES=(crc32c_generic virtio_pci virtio_blk ext4)
DOM0_MODULES=("${DISK_MODULES[@]}" virtio_net loop tun bridge
    xen-privcmd xenfs xen-evtchn xen-gntdev xen-gntalloc xen-blkback xen-netback)
GUEST_MODULES=(xen-blkfront xen-netfront)
# Not used when it runs. Of libvirt's drivers: dom0 has no QEMU and no udev.
SUPERFLUOUS=(boot var/lib/dpkg usr/lib/debug usr/lib/udev
    usr/share/{doc,man,locale,info,perl,perl5,i18n,bash-completion,lintian} usr/lib/x86_64-linux-gnu/{perl,gconv}
    usr/lib/x86_64-linux-gnu/libvirt/connection-driver/libvirt_driver_{qemu,nwfilter,nodedev}.so)
FREE_MIB=1024 # of the disk of dom0, for guests' disks and saved states; the file is sparse

mkdir -p "$1"
OUT=$(cd "$1" && pwd)
exec 9> "$OUT/.lock"
flock 9
version=$(cd "$SOURCE" && find . -type f -not -name '*.py*' -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum)
if [ "$(cat "$OUT/.version" 2> /dev/null)" = "$version" ]; then exit 0; fi
[ "$(id -u)" = 0 ] || { echo "make-xen.sh needs root" >&2; exit 1; }
rm -rf "$OUT"/.build.* # of a build that was killed; the lock says that none is running
BUILD=$(mktemp -d "$OUT/.build.XXXXXX")
trap 'rm -rf "$BUILD"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
ROOT=$BUILD/dom0

say() { echo "Xen lab: $*" >&2; }

# --- what this machine needs ----------------------------------------------------------------------------------------
install_tools() {
    local tool missing=()
    for tool in cpio:cpio mkfs.ext4:e2fsprogs qemu-system-x86_64:qemu-system-x86 ssh:openssh-client; do
        command -v "${tool%%:*}" > /dev/null || missing+=("${tool##*:}")
    done
    [ -e /usr/share/keyrings/debian-archive-keyring.gpg ] || missing+=(debian-archive-keyring)
    if [ ${#missing[@]} = 0 ]; then return; fi
    say "installing ${missing[*]}"
    apt-get -qq update < /dev/null
    DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends install "${missing[@]}" < /dev/null
}

make_key() { # a pair of keys, kept: a server that runs knows them
    [ -e "$1" ] || ssh-keygen -q -t ed25519 -N '' -C convirt-xen-lab -f "$1"
}

# --- unpacking ------------------------------------------------------------------------------------------------------
unpack() { # unpack LIST [argument of tar...]
    local deb
    while read -r deb; do
        dpkg-deb --fsys-tarfile "$OUT/debs/archives/$deb" | tar -x -C "$ROOT" --keep-directory-symlink -f - "${@:2}"
    done < "$OUT/debs/$1.list"
}

unpack_kernel() { # unpack_kernel LIST; says its version, which is part of the name of the package
    unpack "$1" --wildcards './boot/vmlinuz-*' './lib/modules/*'
    local version
    version=$(sed 's/^linux-image-//; s/_.*//' "$OUT/debs/$1.list")
    chroot "$ROOT" depmod "$version"
    echo "$version"
}

unpack_all() {
    local folder
    mkdir -p "$ROOT"/{usr/{bin,sbin,lib,lib64},var,run}
    for folder in bin sbin lib lib64; do ln -s "usr/$folder" "$ROOT/$folder"; done
    ln -s ../run "$ROOT/var/run"
    ln -s ../run/lock "$ROOT/var/lock"
    unpack dom0
    unpack hypervisor
    ldconfig -r "$ROOT"
    dom0_kernel=$(unpack_kernel dom0-kernel)
    guest_kernel=$(unpack_kernel guest-kernel)
}

# --- initial ramdisks: busybox, modules in the order in which they are loaded, and scripts --------------------------
modules_for() { # modules_for KERNEL MODULE...: their files and those of what they need, which come first
    local module
    for module in "${@:2}"; do
        chroot "$ROOT" modprobe --show-depends --set-version "$1" "$module"
    done | awk '$1 == "insmod" && !seen[$2]++ { print $2 }'
}

make_ramdisk() { # make_ramdisk FOLDER KERNEL FILE MODULE...: FOLDER has its scripts
    local folder=$1 path
    mkdir -p "$folder"/{bin,dev,proc,sys,run,root,lib/modules}
    install -m 755 "$ROOT/bin/busybox" "$folder/bin/busybox"
    modules_for "$2" "${@:4}" | while read -r path; do
        install -m 644 "$ROOT$path" "$folder/lib/modules/"
        basename "$path" >> "$folder/lib/modules/order"
    done
    (cd "$folder" && find . | LC_ALL=C sort | cpio -o -H newc --quiet -R 0:0 | gzip -1n) > "$3"
}

make_guest() {
    local guest=$BUILD/guest
    mkdir -p "$ROOT/srv/domu" "$guest/sbin"
    install -m 755 "$SOURCE/guest/init" "$guest/init"
    install -m 755 "$SOURCE"/guest/{poweroff,reboot} "$guest/sbin/"
    install -m 755 "$SOURCE/guest/watch" "$guest/sbin/labwatch"
    make_ramdisk "$guest" "$guest_kernel" "$ROOT/srv/domu/initrd.img" "${GUEST_MODULES[@]}"
    cp "$ROOT/boot/vmlinuz-$guest_kernel" "$ROOT/srv/domu/vmlinuz"
    truncate -s 16M "$ROOT/srv/domu/disk.raw"
}

make_boot() { # what QEMU boots
    local ramdisk=$BUILD/ramdisk
    mkdir -p "$ramdisk/newroot"
    install -m 755 "$SOURCE/dom0-ramdisk/init" "$ramdisk/init"
    make_ramdisk "$ramdisk" "$dom0_kernel" "$BUILD/initrd.img" "${DISK_MODULES[@]}"
    cp "$ROOT/boot/vmlinuz-$dom0_kernel" "$BUILD/vmlinuz"
    gzip -dc "$ROOT"/boot/xen-*-amd64.gz > "$BUILD/xen"
}

# --- dom0 -----------------------------------------------------------------------------------------------------------
furnish() {
    cp -R "$SOURCE/dom0/." "$ROOT/"
    chmod -R u=rwX,go=rX "$ROOT/etc"
    chmod 600 "$ROOT/etc/shadow"
    chmod 755 "$ROOT/usr/sbin/lab-init"
    mkdir -p "$ROOT/root/.ssh" "$ROOT"/var/{lib/xen,lib/libvirt/libxl/{save,dump},log/{xen/console,libvirt/libxl}}
    ln -sfn /proc/mounts "$ROOT/etc/mtab"
    # what update-alternatives makes
    ln -sfn gawk "$ROOT/usr/bin/awk"
    ln -sfn nc.openbsd "$ROOT/usr/bin/nc"
    ln -sfn which.debianutils "$ROOT/usr/bin/which"
    [ -e "$ROOT/bin/sh" ] || ln -s bash "$ROOT/bin/sh"
    # libvirt's driver does not start where no model of a CPU that it knows fits the host. Emulated there is no VME, and
    # Xen hides SEP on AMD, so none fits: the smallest is made to (seen with libvirt 9.0).
    sed -i "/'vme'/d" "$ROOT/usr/share/libvirt/cpu_map/x86_486.xml"
    printf '%s\n' "${DOM0_MODULES[@]}" > "$ROOT/etc/lab-modules"
}

let_in() { # us, and the dom0 of another lab, which has the same keys
    install -m 600 "$OUT/key.pub" "$ROOT/root/.ssh/authorized_keys"
    install -m 600 "$OUT/key" "$ROOT/root/.ssh/id_ed25519"
    install -m 600 "$OUT/host_key" "$ROOT/etc/ssh/ssh_host_ed25519_key"
    echo "localhost,127.0.0.1,xen*,192.168.77.* $(cut -d' ' -f1,2 "$OUT/host_key.pub")" > "$ROOT/root/.ssh/known_hosts"
    chmod 700 "$ROOT/root" "$ROOT/root/.ssh"
}

slim_down() {
    local path
    modules_for "$dom0_kernel" "${DOM0_MODULES[@]}" > "$BUILD/needed"
    rm -rf "$ROOT/lib/modules/$guest_kernel"
    (cd "$ROOT" && find "lib/modules/$dom0_kernel/" -name '*.ko*' -printf '/%p\n') | grep -vxFf "$BUILD/needed" |
        while read -r path; do rm "$ROOT$path"; done
    chroot "$ROOT" depmod "$dom0_kernel"
    for path in "${SUPERFLUOUS[@]}"; do rm -rf "${ROOT:?}/$path"; done
}

make_disk() {
    local used
    used=$(du -sm "$ROOT" | cut -f1)
    truncate -s "$((used + FREE_MIB))M" "$BUILD/dom0.img"
    mkfs.ext4 -q -F -L dom0 -O ^has_journal,^metadata_csum -E lazy_itable_init=1 -m 0 -d "$ROOT" "$BUILD/dom0.img"
}

install_tools
make_key "$OUT/key"
make_key "$OUT/host_key"
say "fetching packages"
bash "$SOURCE/fetch.sh" "$OUT"
say "unpacking $(cat "$OUT"/debs/*.list | wc -l) packages"
unpack_all
furnish
let_in
make_guest
make_boot
slim_down
say "making the disk"
make_disk

# --- put in place; the version comes last and says that the rest is whole -------------------------------------------
rm -f "$OUT/.version"
mv "$BUILD"/{xen,vmlinuz,initrd.img,dom0.img} "$OUT/"
echo "$version" > "$BUILD/.version"
mv "$BUILD/.version" "$OUT/.version"
