"""What a sign-in costs beside the hash of its password alone: `python benchmarks/server/signing_in.py`."""

import asyncio
import statistics
import sys
import time
from pathlib import Path

import httpx2
from argon2 import PasswordHasher

sys.path.insert(0, str(Path(__file__).parents[2]))
from benchmarks.server.setting import PASSWORD, Setting, running

EACH = 40


async def emptied(setting: Setting) -> None:
    """Forgets the attempts: else the limits would answer."""
    connection = await setting.connected()
    await connection.execute("DELETE FROM buckets")
    await connection.close()


def main() -> None:
    """Prints the medians of both, by turns in one run, and their ratio."""
    hasher = PasswordHasher(memory_cost=65536, time_cost=3)
    kept = hasher.hash(PASSWORD)
    alone, real = [], []
    with running() as setting, httpx2.Client(base_url=setting.url) as client:
        for number in range(EACH + 5):
            if number % 5 == 0:
                asyncio.run(emptied(setting))
            began = time.perf_counter()
            hasher.verify(kept, PASSWORD)
            between = time.perf_counter()
            answer = client.post("/api/auth/signin", json={"email": "alice@example.com", "password": PASSWORD})
            ended = time.perf_counter()
            assert answer.status_code == 200, answer.text
            if number >= 5:
                alone.append(between - began)
                real.append(ended - between)
    one, other = statistics.median(alone), statistics.median(real)
    print(f"the hash alone {one * 1000:.1f} ms, a sign-in {other * 1000:.1f} ms, ratio {other / one:.3f}")


if __name__ == "__main__":
    main()
