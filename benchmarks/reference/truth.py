"""The ground truth of the reference case, by experiment.

    python benchmarks/reference/truth.py --set current

Each trial is a copy of the backend with a chosen subset of its faults mended, an environment with exactly
what that copy declares, an empty database, and a cold start of real uvicorn against a real PostgreSQL with
TLS and SCRAM.

Needs Linux with `unshare`, the system's PostgreSQL server, `uv`, and the packages of bootproof. Exit code 0
when every trial agrees with what the reference case says of it.
"""

import argparse
import re
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from backend import Boot, Edit, Server, connection_string, environment, last_exception, write_tree
from cluster import Cluster, cluster
from exercise import documented, every_route, signup_and_login
from trials import GREENLET, SETS, STARTS, TRIALS, Trial

VERSIONS = Path(__file__).resolve().parents[1] / "versions"


@dataclass(frozen=True)
class Options:
    """What one run is held with."""

    versions: str
    constraints: Path
    cache: Path
    uv: str
    python: str
    port: int


@dataclass(frozen=True)
class Row:
    """What one trial gave. `wrong` tells how it differs from what was expected."""

    name: str
    manual: bool
    seen: str
    seconds: float
    wrong: tuple[str, ...]


def overlays_and_edits(trial: Trial, versions: str) -> tuple[list[str], list[Edit]]:
    """The folders and edits of a trial on a version set.

    Greenlet is declared on the set where SQLAlchemy does not bring it.
    """
    overlays = [trial.overlay] if trial.overlay else []
    edits = list(trial.edits)
    if trial.greenlet and versions == "current":
        if trial.overlay:
            overlays.append(f"{trial.overlay}-current")
        else:
            edits.append(GREENLET)
    return overlays, edits


def judge(
    trial: Trial, server: Server, log: Callable[[], str], running: Cluster, expected: str
) -> tuple[str, list[str]]:
    """What was seen in words, and how it differs from what was expected. `log` gives the log as it is now."""
    if server.failure:
        agrees = expected != STARTS and re.match(expected, server.failure)
        return server.failure, [] if agrees else [f"expected: {expected}"]
    token, wrong = signup_and_login(server.url)
    wrong += documented(server.url, log())
    if trial.routes and token:
        wrong += every_route(server.url, token)
    protection = running.connections()
    if protection != trial.protected:
        wrong.append(f"connections: {protection}, not {trial.protected}")
    if expected != STARTS:
        seen = f"starts, then {last_exception(log()) or 'nothing'}"
        return seen, [] if re.match(expected, seen) else [f"expected: {expected}"]
    return f"starts, signup works ({protection})" if not wrong else "starts", wrong


def hold(trial: Trial, options: Options, running: Cluster, scratch: Path) -> Row:
    """Hold one trial."""
    tree = scratch / re.sub(r"\W+", "-", trial.name).strip("-")
    overlays, edits = overlays_and_edits(trial, options.versions)
    write_tree(tree, edits, overlays)
    interpreter = environment(tree, options.constraints, options.cache, options.uv, options.python)
    running.empty_database()
    running.set_tls(trial.tls)
    host = connection_string().hostname or ""
    boot = Boot(interpreter, tree, host, options.port)
    with boot as server:
        seen, wrong = judge(trial, server, boot.log, running, trial.expected[options.versions])
    return Row(trial.name, trial.manual, seen, server.seconds, tuple(wrong))


def show(row: Row) -> str:
    """One line of the table; paths of this one run and everything after the first sentence are left out."""
    seen = re.sub(r" \((?:/|most likely).*|(?<=installed\.) .*", "", re.sub(r"\s+", " ", row.seen)).replace(
        "|", "\\|"
    )
    verdict = "yes" if not row.wrong else "NO: " + "; ".join(row.wrong).replace("|", "\\|")
    return f"| {row.name} | {seen[:150]} | {row.seconds:.2f} s | {verdict} |"


def main() -> int:
    """Hold every trial of one version set and print the table. Gives the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--set", choices=SETS, default="current", dest="versions")
    parser.add_argument("--constraints", type=Path, help="default: benchmarks/versions/SET.txt")
    parser.add_argument("--cache", type=Path, help="keep the environments in this folder")
    parser.add_argument("--uv", default="uv")
    parser.add_argument("--python", default=f"{sys.version_info.major}.{sys.version_info.minor}")
    parser.add_argument("--port", type=int, default=8081)
    parser.add_argument("--only", default="", help="a regular expression on the names of the trials")
    arguments = parser.parse_args()
    constraints = (arguments.constraints or VERSIONS / f"{arguments.versions}.txt").resolve()
    chosen = [t for t in TRIALS if arguments.versions in t.expected and re.search(arguments.only, t.name)]
    rows = []
    with tempfile.TemporaryDirectory(prefix="reference-") as folder, cluster(connection_string()) as running:
        scratch = Path(folder)
        cache = (arguments.cache or scratch / "environments").resolve()
        options = Options(
            arguments.versions, constraints, cache, arguments.uv, arguments.python, arguments.port
        )
        print(
            f"| trial ({arguments.versions}) | seen | took | agrees |",
            "| --- | --- | --- | --- |",
            sep="\n",
            flush=True,
        )
        for trial in chosen:
            rows.append(hold(trial, options, running, scratch))
            print(show(rows[-1]), flush=True)
    wrong = sum(bool(row.wrong) for row in rows)
    manual = sum(row.manual for row in rows)
    print(
        f"\n{len(rows)} trials, {manual} of them rows of the reference case; {wrong} differ", file=sys.stderr
    )
    return 1 if wrong or not rows else 0


if __name__ == "__main__":
    sys.exit(main())
