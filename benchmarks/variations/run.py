"""Audits every example in other spellings: the verdict must not change, nor what is found and where.

    python benchmarks/variations/run.py [--only REGEX] [--each 3] [--jobs 2]

hypothesis draws which spellings are combined (names, aliases, quotes, imports over several lines, CRLF, byte order
marks, tabs, comments, order, another package, `src/`, no `__init__.py`); the same seed draws the same ones.
"""

import argparse
import re
import sys
import tempfile
import time
import tomllib
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from random import Random
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

ROOT = Path(__file__).parent.parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.variations.spelling import SPELLINGS, Places, Tree, same  # noqa: E402 (the script's folder is no package's)
from bootproof.audit.api import Options, audit, fix  # noqa: E402
from bootproof.model.report import Report  # noqa: E402
from bootproof.model.words import Verdict  # noqa: E402
from bootproof.rehearsal.company import Company  # noqa: E402

# Spellings in which an example is no longer what it teaches, and why.
NOT_THE_SAME = {
    "BP204": ("another_package", "source_folder"),  # where the package stands is the fault
    "BP206": ("another_package", "source_folder"),
}
ORDER = list(SPELLINGS)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="")
    parser.add_argument("--each", type=int, default=3, help="variations of each example")
    parser.add_argument("--jobs", type=int, default=2)
    asked = parser.parse_args()
    folders = [each for each in sorted((ROOT / "examples").glob("BP*")) if re.search(asked.only, each.name)]
    started = time.monotonic()
    held = wrong = 0
    with ProcessPoolExecutor(asked.jobs) as pool:
        pieces = [(folders[start : start + 4], asked.each) for start in range(0, len(folders), 4)]
        for count, lines in pool.map(together, pieces):
            held += count
            wrong += len(lines)
            for line in lines:
                print(line, flush=True)
    print(f"{held} variations of {len(folders)} examples audited, {wrong} wrong, {time.monotonic() - started:.0f} s")


def together(work: tuple[Sequence[Path], int]) -> tuple[int, list[str]]:
    """How many variations of some examples were audited, and what was wrong with them."""
    folders, count = work
    lines: list[str] = []
    held = 0
    with Company() as company:
        for folder in folders:
            drawn = draw(folder, count)
            held += len(drawn)
            for names in drawn:
                told = wrong_with(folder, names, company)
                if told:
                    lines.append(f"{folder.name} {'+'.join(names)}: {told}")
    return held, lines


def draw(folder: Path, count: int) -> list[tuple[str, ...]]:
    """Combinations of spellings, as hypothesis draws them."""
    left_out = NOT_THE_SAME.get(folder.name[:5], ())
    drawn: list[tuple[str, ...]] = []

    @seed(sum(folder.name.encode()))
    @settings(
        max_examples=count * 4, deadline=None, database=None, phases=(Phase.generate,), suppress_health_check=list(HealthCheck)
    )
    @given(st.sets(st.sampled_from([each for each in ORDER if each not in left_out]), min_size=2, max_size=6))
    def one(names: set[str]) -> None:
        ordered = tuple(each for each in ORDER if each in names)
        if ordered not in drawn and len(drawn) < count:
            drawn.append(ordered)

    one()
    return drawn


def spelt(tree: Tree, names: Sequence[str], chance: Random) -> tuple[Tree, Places]:
    """The tree in these spellings, one after another, and where its places have gone."""
    places: Places = same
    for name in names:
        made = SPELLINGS[name](tree, chance)
        if made.changed:
            tree, places = made.tree, _then(places, made.places)
    return tree, places


def _then(first: Places, second: Places) -> Places:
    def both(file: str, line: int) -> tuple[str, int, int]:
        middle, start, end = first(file, line)
        to, begins, _ = second(middle, start)
        return to, begins, second(middle, end)[2]

    return both


def wrong_with(folder: Path, names: Sequence[str], company: Company) -> str:
    """What an audit of the variation says otherwise than of the example, "" for nothing."""
    case = tomllib.loads((folder / "case.toml").read_text())
    before = {
        path.relative_to(folder / "before").as_posix(): path.read_bytes()
        for path in sorted((folder / "before").rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }
    tree, places = spelt(before, names, Random(0))
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch) / "backend"
        for path, content in tree.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(content)
        pins = ROOT / "benchmarks" / "versions" / f"{case.get('sets', ['current'])[0]}.txt"
        asked = Options(root=root, constraints=pins, unsafe=case.get("unsafe", False))
        try:
            report = audit(asked, lambda _: None, company)
            told = compared(report, case, places)
            if not told and (folder / "after").is_dir():
                told = _line_ends(root, asked, report, tree)
        except Exception as problem:
            return f"{type(problem).__name__}: {problem}"[:300]
    if not told and (folder / "after").is_dir() and report.fixed_verdict is not Verdict.STARTS:
        return f"mended it {report.fixed_verdict.value}"
    return told


def compared(report: Report, case: dict[str, Any], places: Places) -> str:
    """Where the findings differ from those that the example declares."""
    left = list(report.findings)
    missing = []
    for each in case["finding"]:
        file, first, last = places(each["file"], each["line"])
        found = next(
            (one for one in left if one.code == each["code"] and one.severity.value == each["severity"]
             and one.file == file and first <= one.line <= last
             and (one.fix.safety.value if one.fix else None) == each.get("safety")),
            None,
        )  # fmt: skip
        if found is None:
            missing.append(f"{each['code']} {each['severity']} {file}:{first}")
        else:
            left.remove(found)
    further = [f"{one.code} {one.severity.value} {one.file}:{one.line} {one.cause}"[:160] for one in left]
    return "; ".join([f"missing {each}" for each in missing] + [f"further {each}" for each in further])


def _line_ends(root: Path, asked: Options, report: Report, tree: Tree) -> str:
    """Whether the fix wrote lines that end otherwise than those of the file."""
    fix(asked, report, write=True)
    for path, content in tree.items():
        if b"\r\n" in content and (root / path).is_file():
            after = (root / path).read_bytes()
            if after.count(b"\n") != after.count(b"\r\n"):
                return f"the fix mixes line ends in {path}"
    return ""


if __name__ == "__main__":
    main()
