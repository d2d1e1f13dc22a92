"""Several faults in one backend: all must be found, all proved necessary, all mended by one `fix`.

    python benchmarks/combinations/run.py [--count 200] [--seed 1] [--versions current] [--json FILE]

Each class that is mended by itself inside the larger backend can be combined; what was found of it there is what must
be found of it beside others. So the truth is known by construction, and one fault that hides another is no excuse.
"""

import argparse
import json
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.classes.catalogue import SETS, Class, classes, constraints  # noqa: E402 (the script's folder is no package's)
from benchmarks.combinations.compose import combinable, fit, lay_out  # noqa: E402
from bootproof.audit.api import Options, audit, fix  # noqa: E402
from bootproof.model.report import Report  # noqa: E402
from bootproof.model.words import Meaning, Severity, Verdict  # noqa: E402
from bootproof.rehearsal.company import Company  # noqa: E402

FEWEST, MOST = 2, 8


@dataclass(frozen=True)
class Alone:
    """What an audit of a backend with one class says: the fingerprints that must be found of it."""

    id: str
    fingerprints: tuple[str, ...]
    usable: bool
    why: str = ""


@dataclass(frozen=True)
class Together:
    """The answer for one combination."""

    ids: tuple[str, ...]
    found: bool = False
    necessary: bool = False
    mended: bool = False
    missing: tuple[str, ...] = ()
    further: tuple[str, ...] = ()
    note: str = ""
    seconds: float = 0.0

    @property
    def well(self) -> bool:
        """Whether everything was found, nothing more, all proved, mended and started."""
        return self.found and self.necessary and self.mended and not self.further


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--versions", choices=SETS, default="current")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    started = time.monotonic()
    candidates = [each for each in classes() if combinable(each) and each.mends_safely(asked.versions)]
    known = {each.id: each for each in candidates}
    with ProcessPoolExecutor(asked.jobs) as pool:
        pieces = [(candidates[start : start + 8], asked.versions) for start in range(0, len(candidates), 8)]
        alone = [one for some in pool.map(each_alone, pieces) for one in some]
        for one in alone:
            if not one.usable:
                print(f"not combined: {one.id}: {one.why}", flush=True)
        expected = {one.id: one.fingerprints for one in alone if one.usable}
        print(f"{len(expected)} of {len(candidates)} classes can be combined, {time.monotonic() - started:.0f} s", flush=True)
        usable = [known[name] for name in expected]
        drawn = draw(usable, asked.count, random.Random(asked.seed))
        work = [(drawn[start : start + 4], expected, asked.versions) for start in range(0, len(drawn), 4)]
        answers = []
        for some in pool.map(each_together, work):
            for one in some:
                answers.append(one)
                print(("well " if one.well else "NOT  ") + f"{one.seconds:6.1f} {', '.join(one.ids)} "
                      + ("" if one.well else f"missing {one.missing} further {one.further} {one.note}"), flush=True)
    well = sum(one.well for one in answers)
    print(f"{well} of {len(answers)} ({100 * well / max(1, len(answers)):.1f} %), {time.monotonic() - started:.0f} s")
    if asked.json:
        asked.json.write_text(
            json.dumps({"alone": [asdict(one) for one in alone], "together": [asdict(one) for one in answers]}, indent=1)
        )


def draw(usable: Sequence[Class], count: int, chance: random.Random) -> list[tuple[Class, ...]]:
    """Combinations of 2 to 8 classes that fit together, none twice; every class as often as any other."""
    drawn: dict[frozenset[str], tuple[Class, ...]] = {}
    uses = dict.fromkeys((each.id for each in usable), 0)
    for _attempt in range(count * 50):
        if len(drawn) == count:
            break
        size = chance.randint(FEWEST, MOST)
        chosen: list[Class] = []
        for each in sorted(usable, key=lambda each: (uses[each.id], chance.random())):
            if len(chosen) < size and fit(chosen, each):
                chosen.append(each)
        key = frozenset(each.id for each in chosen)
        if len(chosen) >= FEWEST and key not in drawn:
            drawn[key] = tuple(chosen)
        for each in chosen:
            uses[each.id] += 1
    return list(drawn.values())


def audited(chosen: Sequence[Class], versions: str, folder: Path, company: Company) -> tuple[Options, Report]:
    """The report on a backend of these classes."""
    root = folder / "backend"
    root.mkdir()
    lay_out(chosen, root)
    declaring = next((each for each in chosen if each.snippet.get("requirements")), chosen[0])
    pins = constraints(declaring, versions, folder / "pins.txt")
    asked = Options(root=root, constraints=pins, timeout=60, unsafe=True)
    return asked, audit(asked, lambda _: None, company)


def pressing(report: Report) -> dict[str, Meaning | None]:
    """Blockers and failures by fingerprint, and what was proved of each."""
    return {
        each.fingerprint: each.proof.meaning if each.proof else None
        for each in report.findings
        if each.severity is not Severity.ADVICE
    }


def each_alone(work: tuple[Sequence[Class], str]) -> list[Alone]:
    """What is found of each class by itself in the larger backend."""
    chosen, versions = work
    answers = []
    with Company() as company:
        for each in chosen:
            with tempfile.TemporaryDirectory() as folder:
                try:
                    _, report = audited((each,), versions, Path(folder), company)
                except Exception as problem:
                    answers.append(Alone(each.id, (), False, f"{type(problem).__name__}: {problem}"[:200]))
                    continue
            found = pressing(report)
            proved = bool(found) and all(meaning is Meaning.NECESSARY for meaning in found.values())
            usable = proved and report.fixed_verdict is Verdict.STARTS
            why = "" if usable else f"{report.verdict.value}, {report.fixed_verdict.value}: {', '.join(found) or 'nothing found'}"
            answers.append(Alone(each.id, tuple(sorted(found)), usable, why))
    return answers


def each_together(work: tuple[Sequence[Sequence[Class]], dict[str, tuple[str, ...]], str]) -> list[Together]:
    """The answers for some combinations."""
    drawn, expected, versions = work
    answers = []
    with Company() as company:
        for chosen in drawn:
            ids = tuple(each.id for each in chosen)
            started = time.monotonic()
            with tempfile.TemporaryDirectory() as folder:
                try:
                    answers.append(_judged(chosen, ids, expected, versions, Path(folder), company, started))
                except Exception as problem:
                    answers.append(Together(ids, note=f"{type(problem).__name__}: {problem}"[:300]))
    return answers


def _judged(
    chosen: Sequence[Class], ids: tuple[str, ...], expected: dict[str, tuple[str, ...]], versions: str, folder: Path,
    company: Company, started: float,
) -> Together:  # fmt: skip
    asked, report = audited(chosen, versions, folder, company)
    found = pressing(report)
    wanted = {fingerprint for name in ids for fingerprint in expected[name]}
    fix(asked, report, write=True)
    again = audit(asked, lambda _: None, company)
    return Together(
        ids,
        found=wanted <= set(found),
        necessary=all(found.get(each) is Meaning.NECESSARY for each in wanted),
        mended=report.fixed_verdict is Verdict.STARTS and again.verdict is Verdict.STARTS and not pressing(again),
        missing=tuple(sorted(wanted - set(found))),
        further=tuple(sorted(set(found) - wanted)),
        note=f"{report.verdict.value}, {report.fixed_verdict.value}, then {again.verdict.value} {sorted(pressing(again))}"
        + "".join(f"; {note}" for note in report.notes[:2]),
        seconds=round(time.monotonic() - started, 1),
    )


if __name__ == "__main__":
    main()
