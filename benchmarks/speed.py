"""How long an audit takes, as ratios to one cold start of the mended backend, in one run on one machine.

    python benchmarks/speed.py [--runs 5] [--versions current] [--json FILE]

The environment is built before anything is timed. Medians; an idle machine, please.
"""

import argparse
import json
import shutil
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
from cold import plain_start

from bootproof.audit.api import Options, audit, fix
from bootproof.model.report import Report

HERE = Path(__file__).parent
REFERENCE = HERE.parent / "examples" / "reference" / "backend"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--versions", default="current")
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    constraints = HERE / "versions" / f"{asked.versions}.txt"
    with tempfile.TemporaryDirectory() as folder:
        root = Path(shutil.copytree(REFERENCE, Path(folder) / "backend", ignore=shutil.ignore_patterns("__pycache__")))
        mended = Path(shutil.copytree(root, Path(folder) / "mended"))
        first = audit(Options(root=mended, constraints=constraints), lambda _: None)  # builds what is built once
        fix(Options(root=mended, unsafe=True), first, write=True)
        audit(Options(root=mended, constraints=constraints), lambda _: None)
        cold, audits, trials, peaks, servers = [], [], [], [], []
        for _ in range(asked.runs):
            seconds, memory = cold_start(mended, constraints)
            cold.append(seconds)
            servers.append(memory)
            started = time.monotonic()
            with peak_memory() as peak:
                report = in_process(root, constraints)
            audits.append(time.monotonic() - started)
            peaks.append(peak[0])
            trials += [
                trial.seconds for each in report.findings if each.proof for trial in each.proof.trials if not trial.cold
            ]
        one = statistics.median(cold)
        rows = {
            "cold start of the mended backend, s": one,
            "full audit, s": statistics.median(audits),
            "full audit / cold start": statistics.median(audits) / one,
            "median trial, s": statistics.median(trials),
            "median trial / cold start": statistics.median(trials) / one,
            "trials in one audit": report.trials,
            "peak memory of all processes / the server's own": statistics.median(peaks) / statistics.median(servers),
        }
    for name, value in rows.items():
        print(f"{name:50} {value:8.3f}")
    if asked.json:
        asked.json.write_text(json.dumps(rows, indent=1) + "\n")


def in_process(root: Path, constraints: Path) -> Report:
    """One audit, as the command makes it."""
    return audit(Options(root=root, constraints=constraints), lambda _: None)


def cold_start(root: Path, constraints: Path) -> tuple[float, int]:
    """Seconds of one plain cold `uvicorn` start to its first 200, and the server's own memory in bytes."""
    return plain_start(root, constraints)


@contextmanager
def peak_memory() -> Iterator[list[int]]:
    """The highest sum of proportional memory of this process's children, looked at every 50 ms."""
    peak, done = [0], threading.Event()

    def look() -> None:
        me = psutil.Process()
        while not done.wait(0.05):
            total = 0
            for each in me.children(recursive=True):
                try:
                    total += each.memory_full_info().pss
                except psutil.Error:
                    continue
            peak[0] = max(peak[0], total)

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    try:
        yield peak
    finally:
        done.set()
        thread.join()


if __name__ == "__main__":
    main()
