"""How fast a report of 200 kB is uploaded, beside the bare insert of the same JSON: `python benchmarks/server/uploads.py`."""

import asyncio
import json
import statistics
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import httpx2

sys.path.insert(0, str(Path(__file__).parents[2]))
from benchmarks.server.setting import SERVE, Setting, report, running, serving

ROUNDS, EACH = 7, 40  # three ways of that: a project may upload a thousand at once


async def bare(setting: Setting, text: str, at_once: int) -> float:
    """Inserts a second, on that many connections."""
    connections = [await setting.connected() for _ in range(at_once)]
    await connections[0].execute("CREATE TABLE IF NOT EXISTS bare (id bigserial PRIMARY KEY, document jsonb NOT NULL)")

    async def work(connection: object) -> None:
        for _ in range(EACH // at_once):
            await connection.execute("INSERT INTO bare (document) VALUES ($1)", text)  # type: ignore[attr-defined]

    began = time.perf_counter()
    await asyncio.gather(*(work(each) for each in connections))
    seconds = time.perf_counter() - began
    for each in connections:
        await each.close()
    return EACH / seconds


async def uploads(setting: Setting, urls: Sequence[str], documents: list[bytes], at_once: int) -> float:
    """Uploads a second, by that many clients, who take the servers at those addresses by turns."""
    known = {"Authorization": f"Bearer {setting.token}", "Content-Type": "application/json"}
    async with httpx2.AsyncClient(headers=known, timeout=60) as client:

        async def work(url: str) -> None:
            while documents:
                answer = await client.post(f"{url}/api/uploads", content=documents.pop())
                assert answer.status_code == 201, answer.text

        count, began = len(documents), time.perf_counter()
        await asyncio.gather(*(work(urls[number % len(urls)]) for number in range(at_once)))
        return count / (time.perf_counter() - began)


def main() -> None:
    """Prints both, and their ratio, by turns in one run: one at a time, and four to one server and to two replicas."""
    whole = report(200_000)
    text, number = json.dumps(whole, ensure_ascii=False), 0
    print(f"{len(text)} bytes, {len(whole['findings'])} findings")

    def documents() -> list[bytes]:
        nonlocal number
        number += EACH
        each = range(number - EACH, number)
        return [json.dumps({**whole, "notes": [f"number {one}"]}, ensure_ascii=False).encode() for one in each]

    with running() as setting, serving({"DATABASE_URL": setting.database}, SERVE) as (replica, _):
        for at_once, urls in ((1, (setting.url,)), (4, (setting.url,)), (4, (setting.url, replica))):
            plain, real = [], []
            for turn in range(ROUNDS + 1):
                one = asyncio.run(bare(setting, text, at_once))
                other = asyncio.run(uploads(setting, urls, documents(), at_once))
                if turn:  # the first one warms
                    plain.append(one)
                    real.append(other)
            a, b = statistics.median(plain), statistics.median(real)
            told = f"{at_once} at once, {len(urls)} server{'s' if len(urls) > 1 else ''}"
            print(f"{told}: bare insert {a:.1f}/s, upload {b:.1f}/s, ratio {b / a:.2f}")


if __name__ == "__main__":
    main()
