"""Audits every class of the catalogue on both version sets and says what became of each.

    python benchmarks/classes/run.py [--versions current] [--only REGEX] [--family N] [--mended] [--json FILE] [--table]

For each class: the stage where it failed, which rule named it and whether at the right place, whether the fix makes
it start, what else was said; with `--mended` the catalogue's own mended files too, which must give no blocker.
Classes of one environment share a zygote and a database server. `--table` writes the table into README.md.
"""

import argparse
import dataclasses
import re
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.classes import table  # noqa: E402 (the folder of the script is not the package's)
from benchmarks.classes.catalogue import SETS, Class, classes, options, requirements, write  # noqa: E402
from benchmarks.classes.judge import Judged, judge, of_mended  # noqa: E402
from bootproof.audit.api import audit  # noqa: E402
from bootproof.audit.errors import UsageProblem  # noqa: E402
from bootproof.rehearsal.company import Company  # noqa: E402

TOGETHER = 8  # classes that one process audits in a row: long enough to share, short enough to balance


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--versions", choices=SETS, help="one set; both without it")
    parser.add_argument("--only", default="", help="classes whose name matches")
    parser.add_argument("--family", type=int, default=0)
    parser.add_argument("--mended", action="store_true", help="audit the catalogue's mended files as well")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--json", type=Path, help="write the answers there; what it already holds of other classes is kept")
    parser.add_argument("--table", action="store_true", help="write the table into README.md, from --json as it then is")
    parser.add_argument("--failures", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    chosen = [
        each for each in classes() if re.search(asked.only, each.id) and asked.family in (0, each.family)
    ]
    sets = [asked.versions] if asked.versions else list(SETS)
    started = time.monotonic()
    answers: list[Judged] = []
    for versions in sets:
        with ProcessPoolExecutor(asked.jobs) as pool:
            work = [(batch, versions, asked.mended) for batch in batches(chosen)]
            for some in pool.map(together, work):
                for one in some:
                    print(line(one), flush=True)
                answers += some
    print(f"{len(answers)} audits of classes in {time.monotonic() - started:.0f} s")
    kept = table.stored(asked.json, answers) if asked.json else answers
    print(table.summary(kept))
    if asked.table:
        table.write(kept)


def batches(chosen: Sequence[Class]) -> Iterator[tuple[Class, ...]]:
    """The classes, those of one environment together."""
    by_environment: dict[tuple[str, ...], list[Class]] = {}
    for each in chosen:
        by_environment.setdefault(tuple(requirements(each)), []).append(each)
    rest: list[Class] = []
    for group in by_environment.values():
        if len(group) < TOGETHER:
            rest += group
            continue
        for start in range(0, len(group), TOGETHER):
            yield tuple(group[start : start + TOGETHER])
    for start in range(0, len(rest), TOGETHER // 2):
        yield tuple(rest[start : start + TOGETHER // 2])


def together(work: tuple[tuple[Class, ...], str, bool]) -> list[Judged]:
    """The answers for some classes, audited one after another by one company."""
    batch, versions, mended = work
    with Company() as company:
        return [one(each, versions, mended, company) for each in batch]


def one(each: Class, versions: str, mended: bool, company: Company) -> Judged:
    """The answer for one class."""
    if each.untried or not each.snippet.get("broken"):
        return Judged(each.id, versions, "untried", note=each.corrected or "the catalogue has no files for it")
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "backend"
        root.mkdir()
        write(each, root)
        started = time.monotonic()
        try:
            report = audit(options(each, root, versions, Path(folder) / "pins.txt"), lambda _: None, company)
        except UsageProblem as problem:
            said = str(problem)
            named = each.line.get("usage") and re.search(each.line["usage"], said)
            became = "named" if named else "error"
            return Judged(each.id, versions, became, family=bool(named), place=bool(named), note=said[:200])
        except Exception as problem:
            return Judged(each.id, versions, "error", note=f"{type(problem).__name__}: {problem}"[:300])
        judged = judge(each, versions, report, time.monotonic() - started)
        if mended and each.mended is not None:
            healthy = Path(folder) / "mended"
            healthy.mkdir()
            write(each, healthy, mended=True)
            try:
                asked = options(each, healthy, versions, Path(folder) / "pins.txt", mended=True)
                judged = dataclasses.replace(judged, mended_files=of_mended(audit(asked, lambda _: None, company)))
            except Exception as problem:
                judged = dataclasses.replace(judged, mended_files=f"{type(problem).__name__}: {problem}"[:300])
        return judged


def line(each: Judged) -> str:
    said = "; ".join(text for text in each.findings if " advice " not in text) or each.note
    marks = ("" if each.family else "family? ") + ("" if each.place else "place? ") if each.rules else ""
    wrong = f" MENDED FILES: {each.mended_files}" if each.mended_files else ""
    return f"{each.became:12} {each.id:45} {each.versions:8} {each.seconds:>5} {marks}{said[:160]}{wrong}"


if __name__ == "__main__":
    main()
