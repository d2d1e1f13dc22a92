"""How long it takes to read a large tree without running it, as a ratio to one `ast.parse` of every file of it.

    python benchmarks/static.py TREE [--runs 5] [--app pkg.main:app] [--json FILE]

Each run is a fresh process over files that were read before, so that no disk is measured. `parse` reads and parses every
own Python file; `discover` is all that an audit reads of the project before it builds or boots anything, and the facts that
rules ask of the whole tree: what is reachable from the target, and which files hold a word. CPU seconds, medians.
"""

import argparse
import ast
import json
import statistics
import subprocess
import sys
import time
import warnings
from pathlib import Path

from bootproof.project.discover import discover
from bootproof.project.sources import Sources

WORDS = (b"create_async_engine", b"include_router", b"BaseSettings")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tree", type=Path)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--app")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--once", choices=("parse", "discover"), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.once:
        print(parse(asked.tree) if asked.once == "parse" else read(asked.tree, asked.app))
        return
    files, lines = size(asked.tree)
    seconds = {}
    for way in ("parse", "discover"):
        command = [sys.executable, __file__, str(asked.tree), "--once", way, *(["--app", asked.app] if asked.app else [])]
        runs = [subprocess.run(command, capture_output=True, text=True, check=True).stdout for _ in range(asked.runs)]
        seconds[way] = statistics.median(float(each) for each in runs)
    rows = {
        "Python files": files,
        "lines": lines,
        "ast.parse of all, s": round(seconds["parse"], 2),
        "reading without running, s": round(seconds["discover"], 2),
        "reading / ast.parse": round(seconds["discover"] / seconds["parse"], 2),
    }
    for name, value in rows.items():
        print(f"{name:<28} {value}")
    if asked.json:
        asked.json.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")


def size(tree: Path) -> tuple[int, int]:
    """How many own Python files there are, and their lines."""
    sources = Sources(tree)
    texts = [sources.text(file) or b"" for file in sources.python_files()]
    return len(texts), sum(text.count(b"\n") for text in texts)


def parse(tree: Path) -> float:
    """CPU seconds of reading and parsing every own Python file of the tree."""
    files = [tree / file for file in Sources(tree).python_files()]
    started = time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for file in files:
            try:
                ast.parse(file.read_bytes())
            except SyntaxError:  # a tree may hold files of another Python; discovery names them
                continue
    return time.process_time() - started


def read(tree: Path, app: str | None) -> float:
    """CPU seconds of discovery and of the facts about the whole tree, the walk over its folders included."""
    started = time.process_time()
    project = discover(tree, app=app)
    sources = Sources(tree, project.target.path if project.target else (".",))
    if project.target is not None:
        sources.reachable(project.target)
    for word in WORDS:
        sources.files_with(word)
    return time.process_time() - started


if __name__ == "__main__":
    main()
