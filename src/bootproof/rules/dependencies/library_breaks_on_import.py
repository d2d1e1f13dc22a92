"""An installed library cannot be imported by this interpreter

## What happens
Importing a library raises inside the library itself, though all that it requires is there: it was written for
another Python. A class that is two classes in older releases is one, a module or name of the standard library is gone.

## Why the server cannot start
The import runs while the application is loaded.

## How to recognise it
An own import statement raised; every frame behind it is the library's or the standard library's; it is not that
another distribution is missing or does not fit.

## How it is fixed
A library that the project holds back is allowed to be newer. One that its authors merged into another one is
replaced by it, in the dependency file and in the import statements, where the successor was verified to have the
names that are used. Otherwise a person has to choose another library.

## Fix safety
Unsafe: a newer release, or the successor, may behave otherwise.

## References
aioredis, "README" ("aioredis is now in redis-py 4.2.0rc1+"); "What's New in Python", section "Removed"; the
library's own change log.
"""

import ast
from collections.abc import Iterable, Iterator, Mapping

from packaging.utils import canonicalize_name

from bootproof.edits.making import edit
from bootproof.model.edit import Edit
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix, Location
from bootproof.model.symptom import Failure, Symptom
from bootproof.model.words import Safety
from bootproof.rules.dependencies._declaring import home, replacement, top
from bootproof.rules.dependencies._releases import asking, held_back, in_turn
from bootproof.rules.imports._statements import raised_at, statement_at
from bootproof.rules.registry import finding

CODE = "BP114"
YIELDS_TO = ("BP101", "BP102", "BP103", "BP104", "BP105", "BP106", "BP201", "BP209")
# Libraries that were merged into another one, as their own README says: import name, distribution and module.
_MERGED: Mapping[str, tuple[str, str]] = {"aioredis": ("redis", "redis.asyncio")}


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """A finding for the library whose import alone raises."""
    if facts.stands_in:  # the Python that the project names may import it
        return
    for failure in symptom.failures:
        module = _broken(failure, facts)
        if module is None:
            continue
        library = facts.providers(module)[0]
        declared, installed, frame = facts.declared(library), facts.installed(library), failure.own_frame
        told = f"`{library}` {installed.version}" if installed else f"`{library}`"
        # a module that says of itself that it is gone
        name = failure.facts.get("name")
        gone = name if failure.is_a("ModuleNotFoundError") and name == failure.frames[-1].module else ""
        yield finding(
            __name__,
            library,
            file=declared.file if declared else home(facts),
            line=declared.line if declared else 1,
            cause=f"{told} has no `{gone}`" if gone else f"{told} cannot be imported by this Python",
            explanation=f"The import raised in `{library}` itself: {failure.message if gone else failure.type}.",
            related=(Location(frame.file, frame.line, note=f"imports `{module}`"),) if frame else (),
            data={"module": module, "library": library},
        )
        return


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """Lets the library be newer, or takes its successor."""
    module, library = str(finding.data["module"]), str(finding.data["library"])
    declared, installed = facts.declared(library), facts.installed(library)
    made: list[Fix | None] = []
    if declared is not None and installed is not None and held_back(declared):
        loses = f"`{library}` may behave otherwise in a newer version"
        made.append(asking(facts, library, f">{installed.version}", Safety.UNSAFE, loses))
    if module in _MERGED and declared is not None:
        made.append(_successor(facts, module, library))
    return in_turn(made)


def _broken(failure: Failure, facts: Facts) -> str | None:
    """The top-level module whose import raised in itself."""
    frames = raised_at(failure)
    at = max((number for number, each in enumerate(frames) if each.own), default=-1)
    behind = frames[at + 1 :]
    if at < 0 or not behind or statement_at(facts, frames[at].file, frames[at].line) is None:
        return None
    owners = [next(iter(facts.providers(each.module)), "") for each in behind]
    first = owners[0]
    if not first or any(each not in ("", first) for each in owners):
        return None
    if failure.is_a("ModuleNotFoundError") and top(str(failure.facts.get("name"))) not in (top(behind[0].module),):
        return None  # something else is not there
    return top(behind[0].module)


def _successor(facts: Facts, module: str, library: str) -> Fix | None:
    distribution, successor = _MERGED[module]
    places = list(_imports(facts, module))
    names = {alias.name for _, node in places if isinstance(node, ast.ImportFrom) for alias in node.names}
    old = facts.declared(library)
    if old is None or distribution not in facts.offers(successor, sorted(names)):
        return None
    edits: list[Edit] = []
    for file, node in places:
        text = facts.text(file) or b""
        new = _written(node, module, successor)
        if new is None:
            return None
        start, end = facts.span(file, node)
        edits.append(edit(file, text, start, end, new))
    there = facts.declared(str(canonicalize_name(distribution))) is not None
    swapped = None if there else replacement(facts, old, f"{distribution}>=4.2")
    if not there and swapped is None:
        return None
    return Fix(
        f"take `{successor}` of `{distribution}` in place of `{library}`",
        Safety.UNSAFE,
        (*edits, *([swapped] if swapped else [])),
        loses=f"`{distribution}` continues `{library}`, and need not do all that it did",
        requires=() if there else (f"{distribution}>=4.2",),
    )


def _imports(facts: Facts, module: str) -> Iterator[tuple[str, ast.Import | ast.ImportFrom]]:
    for file in facts.files_with(module.encode()):
        tree = facts.syntax(file)
        for node in ast.walk(tree) if tree is not None else ():
            if not isinstance(node, ast.Import | ast.ImportFrom):
                continue
            named = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""]
            if not getattr(node, "level", 0) and module in map(top, named):
                yield file, node


def _written(node: ast.Import | ast.ImportFrom, module: str, successor: str) -> str | None:
    """The statement with the successor's name; None where it imports more than the module itself."""
    names = ", ".join(f"{alias.name} as {alias.asname}" if alias.asname else alias.name for alias in node.names)
    if isinstance(node, ast.ImportFrom):
        return f"from {successor}{(node.module or '').removeprefix(module)} import {names}"
    alias = node.names[0]
    if len(node.names) > 1 or alias.name != module:
        return None
    package, _, last = successor.rpartition(".")
    return f"from {package} import {last} as {alias.asname or module}"
