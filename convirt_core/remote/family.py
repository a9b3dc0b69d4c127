"""Ending a command with all that it has begun."""

from __future__ import annotations

# A process belongs to it that is in its session or has a parent that belongs to it: a process group alone leaves out
# what runs under `timeout`, in a shell's job or under `setsid`. Each is stopped when it is found, so that it begins
# nothing more and keeps its parent until all are found. proc(5): PID (NAME) STATE PARENT GROUP SESSION …
KILL_FAMILY = """\
family=' ' grown=yes
while [ "$grown" ]; do
  grown=
  for file in /proc/[0-9]*/stat; do
    { read -r stat < "$file"; } 2>/dev/null || continue
    number=${stat%% *}
    stat=${stat##*) }
    stat=${stat#* }
    parent=${stat%% *}
    stat=${stat#* }
    stat=${stat#* }
    case $family in
      *" $number "*) continue ;;
      *" $parent "*) ;;
      *) [ "${stat%% *}" = "$1" ] || continue ;;
    esac
    kill -s STOP "$number" && family="$family$number " grown=yes
  done
done
[ "$family" = ' ' ] || kill -s KILL $family
"""
"""A script for `/bin/sh`, whose argument is the number of the command's process, which began a session."""
