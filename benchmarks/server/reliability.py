"""What the server does while something breaks: `python benchmarks/server/reliability.py [killed] [idle] [full] [clock]`.

killed: PostgreSQL ended with SIGKILL under uploads, and started again. idle: 10,000 connections that say nothing. full: the
disk of the data folder full (needs the right to mount). clock: the server's clock set back by two hours (needs `faketime`).
"""

import asyncio
import contextlib
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import asyncpg  # type: ignore[import-untyped]  # it has neither types nor stubs
import httpx2
import psutil

sys.path.insert(0, str(Path(__file__).parents[2]))
from benchmarks.server.openloop import latencies
from benchmarks.server.setting import SERVE, Setting, report, running, serving, settled

HOLDER = """
import sys
from pathlib import Path
from bootproof.rehearsal.database.kept import kept_postgres
with kept_postgres(Path(sys.argv[1]), lambda line: None):
    print("up", flush=True)
    sys.stdin.read()
"""
IDLE = 10_000


@contextmanager
def holding(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """PostgreSQL on the data of a folder, in a process that can be killed."""
    process = subprocess.Popen([sys.executable, "-c", HOLDER, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(60)


def address(folder: Path) -> str:
    """Its address, by the link in the data folder: a new start has a new socket."""
    return f"postgresql://bootproof@/bootproof?host={quote(str(folder / 'sockets'), safe='')}"


class Uploader:
    """Uploads without pause until it is told to end; guards what was acknowledged, and when."""

    def __init__(self, url: str, token: str, size: int) -> None:
        self.body = json.dumps(report(size)).encode()
        self.url, self.headers = url, {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self.acknowledged: dict[str, float] = {}
        self.refused: dict[str, int] = {}
        self.ended = False

    async def work(self, name: str) -> None:
        """One client: a key is sent again until it is acknowledged, as `bootproof push` does."""
        number = 0
        async with httpx2.AsyncClient(timeout=30) as client:
            while not self.ended:
                key = f"{name}-{number}"
                try:
                    answer = await client.post(
                        f"{self.url}/api/uploads", content=self.body, headers={**self.headers, "Idempotency-Key": key}
                    )
                    said = str(answer.status_code)
                except httpx2.HTTPError as problem:
                    said = type(problem).__name__
                if said in ("201", "200"):
                    self.acknowledged[key] = time.monotonic()
                    number += 1
                else:
                    self.refused[said] = self.refused.get(said, 0) + 1
                    await asyncio.sleep(0.1)

    async def during(self, story: "asyncio.Future[float] | object") -> float:
        """Four clients upload while a story goes on; what the story gives."""
        clients = [asyncio.create_task(self.work(f"client{number}")) for number in range(4)]
        found = await story  # type: ignore[misc]
        self.ended = True
        await asyncio.gather(*clients)
        return float(found)


async def lost(database: str, acknowledged: set[str]) -> set[str]:
    """The acknowledged keys that the database does not have."""
    connection = await asyncpg.connect(database)
    kept = {row["key"] for row in await connection.fetch("SELECT key FROM audits")}
    await connection.close()
    return acknowledged - kept


async def unlimited(database: str) -> None:
    """Lets uploads go on until it is cancelled: the limit of a project would answer after a thousand."""
    while True:
        with contextlib.suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            connection = await asyncpg.connect(database)
            await connection.execute("DELETE FROM buckets")
            await connection.close()
        await asyncio.sleep(0.5)


def killed() -> None:
    """SIGKILL to PostgreSQL under load, twice, with two seconds between its end and its next start."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        holders = [holding(folder)]
        holders[0].__enter__()
        with serving({"DATABASE_URL": address(folder)}, SERVE) as (url, process):
            _, token, _ = asyncio.run(settled(address(folder)))
            uploader = Uploader(url, token, 20_000)

            async def story() -> float:
                back = 0.0
                for _ in range(2):
                    await asyncio.sleep(5)
                    postmaster = int((folder / "data" / "postmaster.pid").read_text().split()[0])
                    os.kill(postmaster, signal.SIGKILL)
                    await asyncio.to_thread(holders[-1].__exit__, None, None, None)
                    await asyncio.sleep(2)
                    holders.append(holding(folder))
                    await asyncio.to_thread(holders[-1].__enter__)
                    up, before = time.monotonic(), len(uploader.acknowledged)
                    while len(uploader.acknowledged) == before:
                        await asyncio.sleep(0.01)
                    back = max(back, time.monotonic() - up)
                await asyncio.sleep(3)
                return back

            back = asyncio.run(uploader.during(story()))
            missing = asyncio.run(lost(address(folder), set(uploader.acknowledged)))
            alive = psutil.pid_exists(process)
        holders[-1].__exit__(None, None, None)
        print(
            f"killed: {len(uploader.acknowledged)} acknowledged, {len(missing)} lost; refused {uploader.refused}; the first one "
            f"{back:.2f} s after PostgreSQL was back; the same server process: {alive}"
        )


def idle() -> None:
    """How a read fares beside ten thousand connections that say nothing."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    with running() as setting:
        asyncio.run(_idle(setting))


async def _idle(setting: Setting) -> None:
    path, cookie = f"{setting.url}/api/teams/acme/projects/shop", {"Cookie": f"session={setting.session}"}
    server = psutil.Process(setting.process)
    await latencies(path, cookie, 50, 2)
    before, memory = await latencies(path, cookie, 50, 5), server.memory_info().rss
    port = int(setting.url.rpartition(":")[2])
    held = []
    for number in range(IDLE):
        held.append(await asyncio.open_connection("127.0.0.1", port, local_addr=(f"127.0.{number // 5000}.2", 0)))
    for _, writer in held:
        writer.write(b"GET /livez HTTP/1.1\r\nHost: x\r\nX-Half: ")  # half a request, so that it waits for the rest
    open_ones = sum(1 for each in server.net_connections() if each.status == "ESTABLISHED")
    during, more = await latencies(path, cookie, 50, 5), server.memory_info().rss
    for _, writer in held:
        writer.close()
    p50 = [each[len(each) // 2] * 1000 for each in (before, during)]
    p99 = [each[int(len(each) * 0.99)] * 1000 for each in (before, during)]
    print(
        f"idle: {open_ones} open connections; a read p50 {p50[0]:.1f} -> {p50[1]:.1f} ms, p99 {p99[0]:.1f} -> {p99[1]:.1f} ms; "
        f"{(more - memory) / IDLE / 1024:.1f} KiB each"
    )


def full() -> None:
    """A disk of 200 MB that fills up with uploads, then has room again."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=200m", "tmpfs", name], check=True)
        try:
            ballast = folder / "ballast"
            ballast.write_bytes(b"\0" * 60_000_000)
            with holding(folder), serving({"DATABASE_URL": address(folder)}, SERVE) as (url, process):
                session, token, _ = asyncio.run(settled(address(folder)))
                uploader = Uploader(url, token, 200_000)
                reads: list[int] = []

                async def story() -> float:
                    forgetting = asyncio.create_task(unlimited(address(folder)))
                    async with httpx2.AsyncClient(base_url=url, cookies={"session": session}, timeout=30) as client:
                        while uploader.refused.get("503", 0) < 40:
                            await asyncio.sleep(0.05)
                        for _ in range(20):
                            reads.append((await client.get("/api/teams/acme/projects/shop/audits")).status_code)
                        ballast.unlink()
                        room, before = time.monotonic(), len(uploader.acknowledged)
                        while len(uploader.acknowledged) < before + 5 and time.monotonic() - room < 60:
                            await asyncio.sleep(0.05)
                        forgetting.cancel()
                        return time.monotonic() - room

                back = asyncio.run(uploader.during(story()))
                missing = asyncio.run(lost(address(folder), set(uploader.acknowledged)))
                print(
                    f"full: {len(uploader.acknowledged)} acknowledged, {len(missing)} lost; refused {uploader.refused}; reads "
                    f"meanwhile {sorted(set(reads))}; it went on {back:.2f} s after there was room; the same process: "
                    f"{psutil.pid_exists(process)}"
                )
        finally:
            subprocess.run(["umount", "-l", name], check=True)


def clock() -> None:
    """A server whose clock was two hours ahead, and is set right: what it made then is still good, and nobody is shut out."""
    with tempfile.TemporaryDirectory() as name, holding(Path(name)):
        database = address(Path(name))
        with serving({"DATABASE_URL": database}, ["faketime", "-f", "+2h", *SERVE]) as (url, _):
            session, token, _ = asyncio.run(settled(database))
            early = [_pushed(url, token, f"ahead{number}") for number in range(3)]
            seen = httpx2.get(f"{url}/api/teams", cookies={"session": session}).status_code
        with serving({"DATABASE_URL": database}, SERVE) as (url, _):
            late = [_pushed(url, token, f"right{number}") for number in range(3)]
            with httpx2.Client(base_url=url, cookies={"session": session}) as client:
                after = client.get("/api/teams").status_code
                listed = client.get("/api/teams/acme/projects/shop/audits").json()["audits"]
                shown = client.get("/api/teams/acme/projects/shop").json()
            attempt = {"email": "alice@example.com", "password": "wrong wrong wrong"}
            wrong = httpx2.post(f"{url}/api/auth/signin", json=attempt).status_code
        print(
            f"clock: pushed {early} two hours ahead, {late} after it was set back; the session {seen} then, {after} now; "
            f"a sign-in with a wrong password {wrong}; {len(listed)} listed, the newest made {listed[0]['created_at']}, received "
            f"{listed[0]['received_at']}; shown {shown['audited_at']}"
        )


def _pushed(url: str, token: str, key: str) -> int:
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": key, "Content-Type": "application/json"}
    return httpx2.post(f"{url}/api/uploads", content=json.dumps(report(2000)), headers=headers, timeout=60).status_code


def main() -> None:
    """Runs the experiments that are named, all where none is."""
    known = {"killed": killed, "idle": idle, "full": full, "clock": clock}
    for name in sys.argv[1:] or known:
        known[name]()


if __name__ == "__main__":
    main()
