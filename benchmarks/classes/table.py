"""The bench's answers as JSON, as figures and as a table by stage."""

import dataclasses
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from benchmarks.classes.catalogue import SETS, Class, classes
from benchmarks.classes.judge import Judged

HERE = Path(__file__).parent
BEGIN, END = "<!-- table -->", "<!-- /table -->"
NAMES = (
    "", "dependencies", "imports", "settings", "application", "engine and models", "connecting, tables, migrations",
    "server and process", "requests", "shutdown",
)  # fmt: skip


def stored(file: Path, answers: Sequence[Judged]) -> list[Judged]:
    """What the file holds with these answers in place of its own for the same classes; written back."""
    known = {}
    if file.is_file():
        for each in json.loads(file.read_text()):
            for key in ("rules", "findings"):
                each[key] = tuple(each[key])
            known[(each["id"], each["versions"])] = Judged(**each)
    known.update({(each.id, each.versions): each for each in answers})
    order = {each.id: number for number, each in enumerate(classes())}
    kept = sorted(known.values(), key=lambda each: (order.get(each.id, 1 << 20), SETS.index(each.versions)))
    file.write_text("[\n" + ",\n".join(json.dumps(dataclasses.asdict(each)) for each in kept) + "\n]\n")
    return kept


def figures(answers: Iterable[Judged], versions: str) -> dict[str, int]:
    """The counts that the goals are about, for one set."""
    known = {each.id: each for each in classes()}
    here = [each for each in answers if each.versions == versions and each.id in known]
    failing = [each for each in here if known[each.id].fails(versions)]
    tried = [each for each in failing if each.became != "untried"]
    safe = [each for each in tried if each.safe]
    return {
        "classes": len(here),
        "no fault on this set": len(here) - len(failing),
        "untried": len(failing) - len(tried),
        "fail and tried": len(tried),
        "named": sum(each.named for each in tried),
        "safe fix expected": len(safe),
        "mended": sum(each.became == "mended" for each in safe),
        "mended beyond those": sum(each.became == "mended" and not each.safe for each in tried),
        "false": sum(each.became == "false" for each in here),
        "blockers on mended files": sum(bool(each.mended_files) for each in here),
    }


def summary(answers: Sequence[Judged]) -> str:
    """The figures of each set, a line each."""
    lines = []
    for versions in SETS:
        if any(each.versions == versions for each in answers):
            told = figures(answers, versions)
            named = 100 * told["named"] / max(1, told["fail and tried"])
            mended = 100 * told["mended"] / max(1, told["safe fix expected"])
            lines.append(f"{versions}: named {named:.1f} %, mended {mended:.1f} %, {told}")
            lines.append(f"  {dict(Counter(each.became for each in answers if each.versions == versions))}")
    return "\n".join(lines)


def write(answers: Sequence[Judged]) -> None:
    """Puts the table between the marks of README.md."""
    file = HERE / "README.md"
    before, _, rest = file.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    file.write_text(f"{before}{BEGIN}\n{rendered(answers)}\n{END}{after}")


def rendered(answers: Sequence[Judged]) -> str:
    """The table by family, and what was corrected or not tried, in Markdown."""
    lines: list[str] = []
    by_class: dict[str, dict[str, Judged]] = {}
    for each in answers:
        by_class.setdefault(each.id, {})[each.versions] = each
    everything = classes()
    lines += ["| | " + " | ".join(SETS) + " |", "| --- |" + " --- |" * len(SETS)]
    counted = {versions: figures(answers, versions) for versions in SETS}
    for name in next(iter(counted.values())):
        lines.append(f"| {name} | " + " | ".join(str(counted[versions][name]) for versions in SETS) + " |")
    for family, title in enumerate(NAMES):
        chosen = [each for each in everything if each.family == family and each.id in by_class]
        if not chosen:
            continue
        lines += ["", f"### {family} {title}", "", "| class | " + " | ".join(SETS) + " | rules |", "| --- |" + " --- |" * 3]
        lines += [_row(each, by_class[each.id]) for each in chosen]
    corrected = [each for each in everything if each.corrected]
    if corrected:
        lines += ["", "### Where the catalogue is corrected, or a class is not tried", ""]
        lines += [f"* `{each.id}`{' (not tried)' if each.untried else ''}: {each.corrected}" for each in corrected]
    return "\n".join(lines)


def _row(each: Class, answers: dict[str, Judged]) -> str:
    rules = sorted({rule for one in answers.values() for rule in one.rules})
    cells = []
    for versions in SETS:
        one = answers.get(versions)
        if one is None:
            cells.append("")
            continue
        doubts = [f"{text}?" for text, well in (("family", one.family), ("place", one.place)) if not well and one.rules]
        wrong = ["blocker on mended files"] if one.mended_files else []
        said = [*(doubts if one.became in ("mended", "placeholder", "named") else []), *wrong]
        cells.append(one.became + (f" ({', '.join(said)})" if said else ""))
    return f"| {each.id} | " + " | ".join(cells) + f" | {' '.join(rules)} |"
