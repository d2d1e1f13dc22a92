"""Which faults of `examples/reference/case.toml` the messages of a tool name.

A blocker counts as named when the tool says something at its file and lines in the broken tree that it does not
say in the mended one. Where it has a symbol, the message must speak of it. Something said of a whole file counts
where it speaks of the symbol, something said of a circle where it speaks of all its modules. Advice stays in the
mended tree, so it may be named in either. One message names one fault.
"""

import difflib
import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Fault = dict[str, Any]  # an entry of case.toml


@dataclass(frozen=True)
class Said:
    """One message of a tool. `line` is None where it speaks of the whole file."""

    file: str
    line: int | None
    code: str
    message: str

    @property
    def lineless(self) -> tuple[str, str, str]:
        """What is the same in two trees whose lines have moved."""
        return self.file, self.code, re.sub(r"\d+", "", self.message)


@dataclass
class Row:
    """What was measured of one tool."""

    version: str
    broken: list[Said]
    mended: list[Said]
    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)


def named(row: Row, faults: list[Fault]) -> list[Fault]:
    """The faults that the tool names: blockers by what only the broken tree makes it say, advice in either tree."""
    left = Counter(each.lineless for each in row.mended)
    fresh = []
    for each in row.broken:
        left[each.lineless] -= 1
        if left[each.lineless] < 0:
            fresh.append(each)
    found = matched(fresh, faults)
    for advice in matched(row.broken, of(faults, "advice")) + matched(row.mended, moved(faults)):
        if all(advice["key"] != other["key"] for other in found):
            found.append(advice)
    return sorted(found, key=lambda each: int(each["key"]))


def matched(said: list[Said], faults: list[Fault]) -> list[Fault]:
    """The most faults that the messages can name, one each (a matching in a bipartite graph)."""
    taken: dict[int, int] = {}

    def takes(fault: int, tried: set[int]) -> bool:
        for i, each in enumerate(said):
            if i in tried or not speaks_of(each, faults[fault]):
                continue
            tried.add(i)
            if i not in taken or takes(taken[i], tried):
                taken[i] = fault
                return True
        return False

    for fault in range(len(faults)):
        takes(fault, set())
    return [faults[i] for i in sorted(taken.values())]


def moved(faults: list[Fault]) -> list[Fault]:
    """The advice, which stays, at its lines in the mended tree."""
    return [{**each, "line": each["mended_line"], "end_line": each["mended_end_line"]} for each in of(faults, "advice")]


def of(faults: list[Fault], severity: str) -> list[Fault]:
    """Those of one severity."""
    return [each for each in faults if each["severity"] == severity]


def placed(faults: list[Fault], broken: Path, mended: Path) -> list[Fault]:
    """The faults with a key and with the lines at which what they are about stands in the mended tree."""
    found = []
    for key, fault in enumerate(faults):
        old, new = ((tree / fault["file"]).read_text().splitlines() for tree in (broken, mended))
        lines = [
            block.b + i + 1
            for block in difflib.SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks()
            for i in range(block.size)
            if fault["line"] <= block.a + i + 1 <= fault["end_line"]
        ] or [fault["line"], fault["end_line"]]  # the very line is mended
        found.append({**fault, "key": key, "mended_line": min(lines), "mended_end_line": max(lines)})
    return found


def speaks_of(said: Said, fault: Fault) -> bool:
    """Whether the message is of this fault, by its place and its symbol."""
    modules = [each.partition(".py")[0].replace("/", ".") for each in fault.get("cycle", ())]
    if modules and all(each in said.message for each in modules):
        return True
    if said.file != fault["file"]:
        return False
    symbol = fault.get("symbol")
    if said.line is None:
        return symbol is not None and symbol in said.message
    return fault["line"] <= said.line <= fault["end_line"] and (symbol is None or symbol in said.message)
