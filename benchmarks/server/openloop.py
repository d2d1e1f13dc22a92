"""Requests at a rate that waits for no answer: latency counts from when each was due, so that none hides behind another."""

import asyncio
import time
from collections.abc import Mapping
from urllib.parse import urlsplit

CONNECTIONS = 64


async def latencies(url: str, headers: Mapping[str, str], rate: float, seconds: float) -> list[float]:
    """The seconds of each answer, in order of size. Raises where one is not 200."""
    parts = urlsplit(url)
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    sent = f"GET {target} HTTP/1.1\r\nHost: {parts.netloc}\r\n{lines}\r\n".encode()
    free: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Queue()
    for _ in range(CONNECTIONS):
        free.put_nowait(await asyncio.open_connection(parts.hostname, parts.port))
    found: list[float] = []

    async def one(due: float) -> None:
        reader, writer = await free.get()
        writer.write(sent)
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise SystemExit(head.decode())
        length = next(int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        await reader.readexactly(length)
        found.append(time.perf_counter() - due)
        free.put_nowait((reader, writer))

    begun, tasks = time.perf_counter(), []
    for number in range(int(rate * seconds)):
        due = begun + number / rate
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        tasks.append(asyncio.create_task(one(due)))
    await asyncio.gather(*tasks)
    while not free.empty():
        free.get_nowait()[1].close()
    return sorted(found)
