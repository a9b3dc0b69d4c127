#!/bin/bash
# fetch.sh OUT: fetches Debian 12's packages of a Xen server into OUT/debs, those that are there already excepted, and
# writes what it chose into OUT/debs/: dom0.list, hypervisor.list, dom0-kernel.list and guest-kernel.list, one file name
# a line.
#
# An apt of its own does so, with an empty package database: it resolves a whole system, whatever this machine has
# installed, and installs nothing. Sources, keys and proxies are this machine's.
set -euo pipefail
out=$1
debs=$out/debs
export APT_CONFIG=$debs/apt.conf

# With all that they depend on. libvirt's way through ssh looks for `nc`; ConVirt makes disks by qemu-img.
DOM0=(bash coreutils util-linux mount bsdutils procps iproute2 kmod busybox-static sed grep gawk hostname findutils
    debianutils openssh-server netcat-openbsd qemu-utils
    xen-utils-4.17 xenstore-utils libvirt-daemon libvirt-daemon-driver-xen libvirt-clients)
# By itself: what it depends on is for an installed system that boots.
HYPERVISOR=xen-hypervisor-4.17-amd64

# With an empty folder of archives apt names every file, also those that are there.
NO_ARCHIVES=(-o "Dir::Cache::archives=$debs/empty")

configure() {
    mkdir -p "$debs"/{lists/partial,archives/partial,empty}
    : > "$debs/status"
    cat > "$APT_CONFIG" <<- END
	APT::Architecture "amd64";
	APT::Architectures { "amd64"; };
	APT::Install-Recommends "false";
	APT::Sandbox::User "root";
	Acquire::Languages "none";
	Acquire::Retries "3";
	Dir::State::status "$debs/status";
	Dir::State::lists "$debs/lists";
	Dir::Cache "$debs";
	Dir::Cache::archives "$debs/archives";
	Dir::Etc::preferences "/dev/null";
	Dir::Etc::preferencesparts "$debs/empty";
	END
}

apt() { apt-get -qq "$@" < /dev/null; }

files() { # the file names in what apt says with --print-uris
    awk "/^'/ { print \$2 }"
}

kernel() { # the package that `linux-image-$1` stands for today
    apt-cache depends "linux-image-$1" | awk '/Depends: linux-image-/ { print $2; exit }'
}

alone() { # alone LIST PACKAGE: a package without what it depends on
    apt "${NO_ARCHIVES[@]}" --print-uris download "$2" | files > "$debs/$1.list"
    (cd "$debs/archives" && apt download "$2")
}

configure
apt update
dom0_kernel=$(kernel amd64)
guest_kernel=$(kernel cloud-amd64)
if [ -z "$dom0_kernel" ] || [ -z "$guest_kernel" ]; then
    echo "apt knows no Debian kernels here: the Xen lab is made of Debian 12's packages" >&2
    exit 1
fi
apt -y "${NO_ARCHIVES[@]}" --print-uris install "${DOM0[@]}" | files > "$debs/dom0.list"
apt -y --download-only install "${DOM0[@]}"
alone hypervisor "$HYPERVISOR"
alone dom0-kernel "$dom0_kernel"
alone guest-kernel "$guest_kernel"
apt autoclean > /dev/null # what earlier versions left

while read -r file; do
    [ -s "$debs/archives/$file" ] || { echo "apt did not fetch $file" >&2; exit 1; }
done < <(cat "$debs"/*.list)
