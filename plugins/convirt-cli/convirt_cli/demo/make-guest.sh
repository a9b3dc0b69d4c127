#!/bin/sh
# make-guest.sh OUT: builds the demo's guest, OUT/vmlinuz, OUT/vmlinux and OUT/initrd.img, unless it is there already.
#
# The kernel is the distribution's own for virtual machines, fetched as a package and unpacked, not installed; the
# initial ramdisk is busybox, the virtio modules and the scripts of the folder guest/ (guest/init lists the words it
# knows on the kernel command line). vmlinux is the same kernel uncompressed: it boots through PVH and saves emulation
# the decompression; where it cannot be made it is a copy of vmlinuz, which boots as well.
#
# Needs apt-get (or KERNEL_DEB=path of a kernel package), dpkg-deb, busybox-static, cpio, gzip and flock.
# Everything is built in a folder of its own and renamed when whole, so that an interruption leaves no half-made guest.
set -eu
[ $# = 1 ] || { echo "usage: make-guest.sh OUT" >&2; exit 2; }
SOURCE=$(cd "$(dirname "$0")" && pwd)
BUSYBOX=$(command -v busybox) || { echo "busybox is missing: install busybox-static" >&2; exit 1; }
MODULES="virtio_pci virtio_net virtio_blk virtio_balloon virtio_console evdev button"

mkdir -p "$1"
OUT=$(cd "$1" && pwd)
exec 9> "$OUT/.lock"
flock 9
version=$(cat "$SOURCE"/make-guest.sh "$SOURCE"/guest/* | sha256sum | cut -d' ' -f1)
if [ "$(cat "$OUT/.version" 2> /dev/null)" = "$version" ] && [ -s "$OUT/vmlinuz" ] && [ -s "$OUT/vmlinux" ] \
    && [ -s "$OUT/initrd.img" ]; then
    exit 0
fi
rm -rf "$OUT"/.build.* # of a build that was killed; the lock says that none is running
BUILD=$(mktemp -d "$OUT/.build.XXXXXX")
trap 'rm -rf "$BUILD"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# --- the kernel and its modules -------------------------------------------------------------------------------------
kernel_package() { # the package that Debian's or Ubuntu's "kernel for virtual machines" stands for today
    for meta in linux-image-cloud-amd64 linux-image-virtual; do
        apt-cache depends "$meta" 2> /dev/null | sed -n 's/^ *Depends: *\(linux-image-[0-9][^ ]*\)$/\1/p' | head -1
    done | head -1
}
fetch() { (cd "$BUILD" && apt-get download -q -q "$1" > apt.log 2>&1) || { cat "$BUILD/apt.log" >&2; return 1; }; }

if [ -n "${KERNEL_DEB:-}" ]; then
    cp "$KERNEL_DEB" "$BUILD/"
else
    package=$(kernel_package)
    if { [ -z "$package" ] || ! fetch "$package"; } && [ "$(id -u)" = 0 ]; then
        apt-get update -q -q # the lists are missing, or too old for the package they name to be there still
        package=$(kernel_package)
        [ -n "$package" ] && fetch "$package"
    fi
    [ -n "$package" ] || { echo "apt knows no kernel package for virtual machines: run apt-get update" >&2; exit 1; }
    modules=linux-modules-${package#linux-image-} # Ubuntu keeps the modules in a package of their own
    if apt-cache show "$modules" > /dev/null 2>&1; then fetch "$modules"; fi
fi
for deb in "$BUILD"/*.deb; do dpkg-deb -x "$deb" "$BUILD/kernel"; done
cp "$BUILD"/kernel/boot/vmlinuz-* "$BUILD/vmlinuz"

# The x86 boot protocol (Documentation/arch/x86/boot.rst) says where the compressed kernel lies: after setup_sects + 1
# sectors (byte 0x1f1), payload_offset further on (0x248), payload_length long (0x24c).
number() { od -An -t "u$2" -j "$1" -N "$2" "$BUILD/vmlinuz" | tr -d ' '; }
start=$((($(number 497 1) + 1) * 512 + $(number 584 4)))
payload() { tail -c "+$((start + 1))" "$BUILD/vmlinuz" | head -c "$(number 588 4)"; }
# The payload ends with its unpacked size, four bytes that lz4 reports as garbage after unpacking all: its exit code
# says nothing, the ELF magic does.
if command -v lz4 > /dev/null; then payload | lz4 -dc > "$BUILD/vmlinux" 2> /dev/null || true; fi
case $(head -c 4 "$BUILD/vmlinux" 2> /dev/null | od -An -c | tr -d ' ') in
    177ELF) ;;
    *) cp "$BUILD/vmlinuz" "$BUILD/vmlinux" ;;
esac

# --- the initial ramdisk --------------------------------------------------------------------------------------------
ROOT=$BUILD/root
mkdir -p "$ROOT/bin" "$ROOT/dev" "$ROOT/proc" "$ROOT/sys" "$ROOT/etc/acpi/PWRF" "$ROOT/lib/modules" "$ROOT/mnt" \
    "$ROOT/tmp" "$ROOT/run"
cp "$BUSYBOX" "$ROOT/bin/busybox"
cp "$SOURCE/guest/init" "$ROOT/init"
cp "$SOURCE/guest/watch" "$ROOT/bin/labwatch"
cp "$SOURCE/guest/agent" "$ROOT/bin/labagent"
cp "$SOURCE/guest/dirty" "$ROOT/bin/labdirty"
cp "$SOURCE/guest/count" "$ROOT/bin/labcount"
cp "$SOURCE/guest/dhcp" "$ROOT/etc/udhcpc.sh"
cp "$SOURCE/guest/powerbutton" "$ROOT/etc/acpi/PWRF/00000080" # the name busybox acpid gives this event
chmod 755 "$ROOT/init" "$ROOT"/bin/* "$ROOT/etc/udhcpc.sh" "$ROOT/etc/acpi/PWRF/00000080"

# Each module comes after those it depends on, read from the module itself: no kmod and no depmod are needed.
ORDER=$ROOT/lib/modules/order
: > "$ORDER"
add_module() {
    if grep -qx "$1.ko" "$ORDER"; then return; fi
    file=$(find "$BUILD/kernel" -name "$1.ko*" | head -1)
    if [ -z "$file" ]; then return; fi # built into this kernel
    case $file in
        *.xz) "$BUSYBOX" xzcat "$file" ;;
        *.zst) zstdcat "$file" ;;
        *) cat "$file" ;;
    esac > "$ROOT/lib/modules/$1.ko"
    for needed in $(tr '\0' '\n' < "$ROOT/lib/modules/$1.ko" | sed -n 's/^depends=//p' | tr ',' ' '); do
        add_module "$needed"
    done
    echo "$1.ko" >> "$ORDER"
}
for module in $MODULES; do add_module "$module"; done
(cd "$ROOT" && find . | LC_ALL=C sort | cpio -o -H newc --quiet -R 0:0) > "$BUILD/initrd"
gzip -1n < "$BUILD/initrd" > "$BUILD/initrd.img"

# --- put in place; the version comes last and says that the rest is whole -------------------------------------------
rm -f "$OUT/.version"
mv "$BUILD/vmlinuz" "$BUILD/vmlinux" "$BUILD/initrd.img" "$OUT/"
echo "$version" > "$BUILD/.version"
mv "$BUILD/.version" "$OUT/.version"
