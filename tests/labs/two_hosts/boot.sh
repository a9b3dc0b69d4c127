#!/bin/sh
# boot.sh FOLDER NAME: the first process of a host. It has namespaces of its own (mounts, processes, host name, network)
# and puts the folders of FOLDER over those of the machine. It says `ready` when the daemons may start.
set -eu
folder=$1 name=$2
cd /
hostname "$name"
mount -t proc proc /proc
mount -t sysfs sysfs /sys # shows the network cards of this namespace
for private in etc root home srv tmp run var/lib/libvirt var/cache/libvirt var/log; do
    mkdir -p "/$private"
    mount --bind "$folder/$private" "/$private"
done
mkdir -p /run/lock /run/sshd /run/libvirt # libvirt keeps the locks of consoles in /run/lock
echo ready
# A shell collects the ended processes that are left to it: libvirtd waits for each QEMU that it ends.
while :; do sleep 3600; done
