"""What a page of one project costs among a thousand audits and among a million: `python benchmarks/server/listing.py`."""

import asyncio
import statistics
import sys
import time
from pathlib import Path

import httpx2

sys.path.insert(0, str(Path(__file__).parents[2]))
from benchmarks.server.setting import Setting, running

FEW, MANY, EACH = 1_000, 1_000_000, 300
_SHOP = "/api/teams/acme/projects/shop"
PATHS = (_SHOP, *(_SHOP + each for each in ("/audits?limit=50", "/audits?verdict=fails", "/timeline", "/failing")))
_FILL = """
INSERT INTO audits (project_id, key, digest, created_at, received_at, verdict, fixed_verdict, commit, branch,
    blockers, failures, advice, seconds, stages, codes, told, document, token_id)
SELECT $1, 'k' || n, '\\x01', now() - n * interval '1 second', now(), CASE n % 7 WHEN 0 THEN 'fails' ELSE 'starts' END, 'starts',
    md5(n::text), 'main', 0, 0, 0, 1, '[]', '{}', '', '\\x01', '' FROM generate_series($2::bigint, $3::bigint) AS n
"""


async def fill(setting: Setting, first: int, last: int) -> None:
    """Puts audits into the project."""
    connection = await setting.connected()
    await connection.execute(_FILL, setting.project, first, last, timeout=600)
    await connection.execute("VACUUM ANALYZE", timeout=600)
    await connection.close()


def measured(setting: Setting, path: str) -> float:
    """The median of the seconds that an answer takes."""
    times = []
    with httpx2.Client(base_url=setting.url, cookies={"session": setting.session}) as client:
        for number in range(EACH + 50):
            began = time.perf_counter()
            assert client.get(path).status_code == 200
            if number >= 50:  # the first ones warm
                times.append(time.perf_counter() - began)
    return statistics.median(times)


def main() -> None:
    """Prints both for each path, and their ratio."""
    with running() as setting:
        asyncio.run(fill(setting, 1, FEW))
        few = {path: measured(setting, path) for path in PATHS}
        asyncio.run(fill(setting, FEW + 1, MANY))
        for path in PATHS:
            many = measured(setting, path)
            print(f"{path}: {few[path] * 1000:.2f} ms of {FEW}, {many * 1000:.2f} ms of {MANY}, ratio {many / few[path]:.2f}")


if __name__ == "__main__":
    main()
