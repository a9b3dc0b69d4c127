"""A TCP proxy that hands everything on late, in both directions: a server far away.

(The kernel's own means, `tc netem`, is missing on many machines.) `delay.py SECONDS ADDRESS PORT` listens on a port of
127.0.0.1, which it prints, until it is ended.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys

PIECE_BYTES = 1 << 16
MOST_PIECES = 1024
"""On the way at a time, in one direction."""
Way = asyncio.Queue[tuple[float, bytes]]


async def serve(seconds: float, address: str, port: int) -> None:
    """Take connections, until the process is ended."""

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there_reader, there_writer = await asyncio.open_connection(address, port)
        await asyncio.gather(
            hand_on(reader, there_writer, seconds),
            hand_on(there_reader, writer, seconds),
        )

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)  # noqa: T201  it is a program
    await server.serve_forever()


async def hand_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, seconds: float) -> None:
    """Write what is read, each piece `seconds` after it came; what came since then waits, as it would on the way."""
    way = Way(MOST_PIECES)
    async with asyncio.TaskGroup() as group:
        group.create_task(take(reader, way, seconds))
        group.create_task(deliver(writer, way))


async def take(reader: asyncio.StreamReader, way: Way, seconds: float) -> None:
    """Put each piece on the way, with the time at which it is due; an empty one is the end."""
    now = asyncio.get_running_loop().time
    piece = None
    while piece != b"":
        try:
            piece = await reader.read(PIECE_BYTES)
        except ConnectionError:
            piece = b""
        await way.put((now() + seconds, piece))


async def deliver(writer: asyncio.StreamWriter, way: Way) -> None:
    """Write each piece when it is due, and close after the last; what comes for one who has gone is dropped."""
    now = asyncio.get_running_loop().time
    due, piece = await way.get()
    while piece:
        await asyncio.sleep(due - now())
        with contextlib.suppress(ConnectionError):
            writer.write(piece)
            await writer.drain()
        due, piece = await way.get()
    await asyncio.sleep(due - now())
    writer.close()


if __name__ == "__main__":
    asyncio.run(serve(float(sys.argv[1]), sys.argv[2], int(sys.argv[3])))
