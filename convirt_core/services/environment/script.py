"""The one command that is sent to a server: a script for `sh -s`, whose answer has a section for each subject."""

from __future__ import annotations

MARK = "\x1e"
"""Stands before a section's name, at the beginning of a line: ASCII's record separator, which no such file holds."""

# Everything is in a function with its input closed, so that no command reads the script itself. What asks a disk or a
# file server gets a few seconds: a dead NFS server hangs df, a dead disk vgs. grep prints `path:value`, one process
# for all files; -s keeps it quiet about those that are missing or, as the speed of a card without a link, unreadable.
SCRIPT = rb"""
LC_ALL=C
PATH=$PATH:/usr/sbin:/sbin:/usr/bin:/bin
export LC_ALL PATH
section() { printf '\n\036%s\n' "$1"; }
bounded() { if command -v timeout > /dev/null; then timeout -k 1 4 "$@"; else "$@"; fi; }
look() {
    section begins;      date -u +%s.%N
    section os-release;  cat /etc/os-release || cat /usr/lib/os-release
    section uname;       uname -n; uname -r; uname -m
    section uuid;        cat /sys/class/dmi/id/product_uuid
    section cpuinfo;     grep -E '^(processor|vendor_id|model name|cpu MHz|cpu|clock)[[:space:]]*:' /proc/cpuinfo
    section topology;    (cd /sys/devices/system/cpu && grep -sH . cpu[0-9]*/topology/physical_package_id \
                             cpu[0-9]*/topology/die_id cpu[0-9]*/topology/core_id)
    section meminfo;     cat /proc/meminfo
    section df;          bounded df -kPT || bounded df -klPT
    section net;         (cd /sys/class/net && grep -sH . */address */operstate */speed)
    section net-paths;   (cd /sys/class/net && ls -d */device */tun_flags */bridge */brif/*)
    section addresses;   ip -o address show
    section route;       cat /proc/net/route
    section vgs;         bounded vgs --reportformat json --units b --nosuffix -o vg_name,vg_size,vg_free
    section lvs;         bounded lvs --reportformat json --units b --nosuffix -o lv_name,vg_name,lv_size,lv_path
    section ends;        date -u +%s.%N
}
look < /dev/null 2> /dev/null
"""

CLOCK_SCRIPT = "date -u +%s.%N; date -u +%s.%N"
"""The first and the last of these alone."""


def sections_of(answer: str) -> dict[str, str]:
    """Return the text of each section by its name. One that was cut off has what there is of it."""
    parts = answer.split(f"\n{MARK}")[1:]
    return {name.strip(): text for name, _, text in (part.partition("\n") for part in parts)}
