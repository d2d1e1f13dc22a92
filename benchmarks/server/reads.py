"""Reads of a signed-in person beside fastapi/full-stack-fastapi-template's backend, by turns in one run, one process each.

`python benchmarks/server/reads.py --template CHECKOUT --python PYTHON`: CHECKOUT is that repository (measured at 68adb40d),
PYTHON an interpreter with its dependencies. It asks for Python 3.14; three lines need it (an `except` without parentheses in
`backend/app/api/deps.py`, two annotations of later classes in `backend/app/models.py`) and were written in the older way, so
that both run on one Python. Needs `wrk`. Each serves a page of 50 rows of 200, of one person, after looking at who asks.
"""

import argparse
import asyncio
import json
import os
import re
import statistics
import subprocess
import sys
import urllib.parse
import urllib.request
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import asyncpg  # type: ignore[import-untyped]  # it has neither types nor stubs

sys.path.insert(0, str(Path(__file__).parents[2]))
from benchmarks.server.listing import fill
from benchmarks.server.openloop import latencies
from benchmarks.server.setting import running, serving

ROWS, PAGE, ROUNDS, SECONDS, AT_ONCE = 200, 50, 5, 8, 16
FILLED = """
INSERT INTO item (id, title, description, owner_id, created_at)
SELECT gen_random_uuid(), 'title ' || n, md5(n::text), (SELECT id FROM "user" LIMIT 1), now()
FROM generate_series(1, $1::int) AS n
"""
# Its first migration wants an extension (uuid-ossp) that the embedded PostgreSQL has not, and that no table uses.
TABLES = "import app.models as m, app.core.db as d; m.SQLModel.metadata.create_all(d.engine)"
WORD = "a-phrase-that-nobody-guesses"


def wrk(url: str, header: str) -> tuple[float, float]:
    """Requests a second, and the median latency in milliseconds."""
    command = ["wrk", "-t1", f"-c{AT_ONCE}", f"-d{SECONDS}s", "--latency", "-H", header, url]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in said:
        raise SystemExit(said)
    rate, middle = re.search(r"Requests/sec:\s+([\d.]+)", said), re.search(r"50%\s+([\d.]+)(ms|us|s)", said)
    assert rate and middle, said
    return float(rate[1]), float(middle[1]) * {"us": 0.001, "ms": 1, "s": 1000}[middle[2]]


async def peer_database(database: str) -> str:
    """A new database beside ours, as its address."""
    connection = await asyncpg.connect(database)
    await connection.execute("CREATE DATABASE peer")
    await connection.close()
    host = parse_qs(urlsplit(database).query)["host"][0]
    return f"postgresql://bootproof:x@localhost/peer?host={host}"


async def filled(database: str) -> None:
    """Gives the peer's one person the rows."""
    connection = await asyncpg.connect(database.replace("@localhost/", "@/"))
    await connection.execute(FILLED, ROWS)
    await connection.execute("VACUUM ANALYZE")
    await connection.close()


def token(url: str) -> str:
    """The peer's token of its one person."""
    form = urllib.parse.urlencode({"username": "alice@example.com", "password": WORD}).encode()
    with urllib.request.urlopen(f"{url}/api/v1/login/access-token", form) as answer:
        return str(json.load(answer)["access_token"])


def main() -> None:
    """Prints requests a second and latencies of both, and their ratios."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--template", type=Path, required=True)
    parser.add_argument("--python", type=Path, required=True)
    given = parser.parse_args()
    backend = given.template / "backend"
    with running() as setting:
        asyncio.run(fill(setting, 1, ROWS))
        database = asyncio.run(peer_database(setting.database))
        environment = {
            "PROJECT_NAME": "peer", "SECRET_KEY": "k" * 40, "DATABASE_URL": database, "FIRST_SUPERUSER": "alice@example.com",
            "FIRST_SUPERUSER_PASSWORD": WORD, "PYTHONPATH": str(backend),
        }  # fmt: skip
        for words in (["-c", TABLES], ["app/initial_data.py"]):
            environ = {**os.environ, **environment}
            subprocess.run([given.python, *words], cwd=backend, env=environ, check=True)
        asyncio.run(filled(database))
        command = [str(given.python), "-m", "uvicorn", "app.main:app", "--no-access-log", "--log-level", "warning"]
        with serving(environment, command, "/api/v1/utils/health-check/", backend) as (peer, _):
            theirs = f"{peer}/api/v1/items/?limit={PAGE}", "Authorization", f"Bearer {token(peer)}"
            ours = f"{setting.url}/api/teams/acme/projects/shop/audits?limit={PAGE}", "Cookie", f"session={setting.session}"
            for url, name, value in (theirs, ours):
                wrk(url, f"{name}: {value}")  # warms
            rounds = [[wrk(url, f"{name}: {value}") for url, name, value in (theirs, ours)] for _ in range(ROUNDS)]
            rates = [statistics.median(each[which][0] for each in rounds) for which in (0, 1)]
            middles = [statistics.median(each[which][1] for each in rounds) for which in (0, 1)]
            for name, rate, middle in zip(("peer", "ours"), rates, middles, strict=True):
                print(f"{AT_ONCE} at once: {name} {rate:.0f}/s at {middle:.1f} ms")
            print(f"ratio of requests a second {rates[1] / rates[0]:.2f}, of the median latency {middles[1] / middles[0]:.2f}")
            for part in (0.3, 0.6):
                url, name, value = ours
                times = asyncio.run(latencies(url, {name: value}, rates[1] * part, SECONDS))
                p50, p99 = times[len(times) // 2] * 1000, times[int(len(times) * 0.99)] * 1000
                print(f"open loop, {rates[1] * part:.0f}/s: p50 {p50:.1f} ms, p99 {p99:.1f} ms, ratio {p99 / p50:.1f}")


if __name__ == "__main__":
    main()
