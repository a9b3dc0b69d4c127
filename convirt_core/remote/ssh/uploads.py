"""Sending a file to a server: data only, no holes; what a cut connection has left there is not sent again."""

from __future__ import annotations

import logging
import os
from contextlib import suppress
from typing import TYPE_CHECKING, BinaryIO

from convirt_core.errors import Conflict, ConvirtError, ServerUnavailable
from convirt_core.platforms import PART
from convirt_core.remote.local_files import speaking_of
from convirt_core.remote.ssh.command_line import in_sh
from convirt_core.remote.ssh.deadline import Deadline
from convirt_core.remote.ssh.extents import BLOCK_BYTES, Content, Extent, Sum, extents, in_blocks
from convirt_core.remote.ssh.files import CHECKSUM, failure, plain
from convirt_core.remote.ssh.streams import send_all

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    import paramiko

    from convirt_core.platforms import NodeProxy, Progress
    from convirt_core.remote.ssh.link import Link

CHECKSUM_SECONDS = 3600.0
STALLED_SECONDS = 30.0
"""A transfer of which the server takes nothing for so long has failed."""

_BEGIN_SECONDS = 10.0
_ENGLISH = {"LC_ALL": "C"}
_logger = logging.getLogger("convirt.remote")

# Each line is a word, an offset and a length. After `data` come so many bytes; `sum` has the checksum of so many taken
# beside, while more comes; `end` says the size, which the rest is a hole up to. A connection that is cut leaves the
# part as long as what has come: a stretch is written from its beginning to its end. dd takes blocks as large as a pipe:
# with 256 KiB the kernel spent three times as long, with 1 MiB more.
_RECEIVE = f"""\
LC_ALL=C; export LC_ALL; umask 077
{CHECKSUM}
sum() {{
  dd if="$1" bs=64K iflag=skip_bytes,count_bytes skip="$2" count="$3" status=none | checksum |
    {{ read -r digest rest; echo "$2 $digest"; }}
}}
code=1
while read -r word offset length; do
  case $word in
    data) dd of="$1" bs=64K iflag=fullblock,count_bytes oflag=seek_bytes conv=notrunc status=none \
            seek="$offset" count="$length" || exit 1 ;;
    sum) sum "$1" "$offset" "$length" < /dev/null & ;;
    end) truncate -s "$offset" -- "$1" || exit 1; code=0 ;;
  esac
done
wait
exit "$code"
"""
_LOOK_AT_PART = CHECKSUM + '[ -f "$1" ] || exit 0; stat -c %s -- "$1"; [ -s "$1" ] && exec < "$1" && checksum'
_PUT = 'chmod "$2" -- "$1" && mv -f -T -- "$1" "$3"'


def upload(proxy: NodeProxy, link: Link, source: Path, path: str, progress: Progress | None) -> None:
    """Send a file; it gets its name on the server when it is whole, and its checksum is right.

    :raises Conflict: it was changed meanwhile
    """
    with speaking_of(str(source)), source.open("rb") as file:
        status = os.fstat(file.fileno())
        _Upload(proxy, link, path).send(Content(file, status.st_size), file, status.st_mode & 0o777, progress)


class _Upload:
    def __init__(self, proxy: NodeProxy, link: Link, path: str) -> None:
        self._proxy = proxy
        self._link = link
        self._path = path
        self._part = plain(path) + PART

    def send(self, content: Content, file: BinaryIO, mode: int, progress: Progress | None) -> None:
        try:
            begin = self._resume_at(content)
            self._transfer(content, extents(file, content.size, begin), progress)
            self._sh(_PUT, self._part, f"{mode:o}", plain(self._path))
        except ServerUnavailable:
            raise  # what has come stays there for the next attempt
        except BaseException:
            with suppress(ConvirtError):
                self._proxy.remove_file(self._part)
            raise
        if progress is not None:
            progress(content.size, content.size)

    def _resume_at(self, content: Content) -> int:
        """Return how much of the content is there already; a part of anything else is removed."""
        words = self._sh(_LOOK_AT_PART, self._part).split()
        size = int(words[0]) if words else 0
        if 0 < size <= content.size and content.read_to(size).checksum == words[1]:
            _logger.info("%s: the first %d bytes are on %s already", self._path, size, self._link.route.host)
            return size
        if words:
            self._proxy.remove_file(self._part)
            content.rewind()
        return 0

    def _transfer(self, content: Content, stretches: Iterable[Extent], progress: Progress | None) -> None:
        with self._link.session(Deadline(_BEGIN_SECONDS)) as channel:
            self._link.transport.execute(channel, in_sh(_RECEIVE, self._part))
            channel.settimeout(STALLED_SECONDS)
            sums = []
            try:
                for extent in in_blocks(stretches):
                    self._send_data(channel, content, extent, progress)
                    if content.unsummed_bytes >= BLOCK_BYTES:
                        sums.append(_ask_for_sum(channel, content))
                content.skip_to(content.size)
                channel.sendall(f"end {content.size} 0\n".encode())
                sums.append(_ask_for_sum(channel, content))
                channel.shutdown_write()
            except OSError as error:
                raise self._broke_off(channel) from error
            if not channel.status_event.wait(CHECKSUM_SECONDS) or channel.exit_status:
                raise self._broke_off(channel)
            self._compare(sums, channel.makefile().read().decode().split())

    @staticmethod
    def _send_data(channel: paramiko.Channel, content: Content, extent: Extent, progress: Progress | None) -> None:
        channel.sendall(f"data {extent.start} {extent.end - extent.start}\n".encode())
        done = extent.start
        for piece in content.pieces(extent):
            send_all(channel, piece)
            done += len(piece)
            if progress is not None:
                progress(done, content.size)

    def _compare(self, sums: Sequence[Sum], words: Sequence[str]) -> None:
        there = dict(zip(words[::2], words[1::2], strict=True))
        if there != {str(each.start): each.checksum for each in sums}:
            raise Conflict(
                f"{self._path} is not what was sent: its checksum differs.",
                remedy="Send it again while nobody writes to the file.",
            )

    def _broke_off(self, channel: paramiko.Channel) -> ConvirtError:
        channel.status_event.wait(1.0)  # its last words may still be on the way
        words = channel.recv_stderr(4096).decode(errors="replace") if channel.recv_stderr_ready() else ""
        if self._link.is_alive and channel.exit_status > 0 and words:
            return failure(self._path, words)
        host = self._link.route.host
        return ServerUnavailable(
            f"The connection with {host} ended while {self._path} was sent.",
            remedy="Try again: only the rest will be sent.",
        )

    def _sh(self, script: str, *arguments: str) -> str:
        argv = ["/bin/sh", "-c", script, "sh", *arguments]
        result = self._proxy.run(argv, timeout_seconds=CHECKSUM_SECONDS, environment=_ENGLISH)
        if result.exit_code:
            raise failure(self._path, result.error_text)
        return result.text


def _ask_for_sum(channel: paramiko.Channel, content: Content) -> Sum:
    """Have the server take the checksum of what it has got since the last one; return what it has to be."""
    taken = content.take_sum()
    channel.sendall(f"sum {taken.start} {taken.end - taken.start}\n".encode())
    return taken
