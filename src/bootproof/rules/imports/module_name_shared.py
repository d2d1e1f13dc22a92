"""A module of the project bears the name of another one

## What happens
A file or package of the project is called like a library, or like a module of the standard library, that the
project or one of its libraries needs: `redis.py`, `logging.py`, a migrations folder `alembic/` with an
`__init__.py`.

## Why the server cannot start
There is one module of each name. The folder from which the server is started comes before the libraries on
the path, so whoever wants the library gets the project's file, which lacks what is asked for. A module that
was loaded before that hides the project's file in turn.

## How to recognise it
A name, or a module below it, was not found in a top-level module; the project has a file of that name, and
away from the project the interpreter finds another module by it. The one that was asked has no such name,
and the other one has it.

## How it is fixed
The project's file gets another name, and the statements that mean it follow: those that take names that only
the project's file has. A package's `__init__.py` that does nothing is removed, where nothing imports the
package by this name.

## Fix safety
Safe: what is imported from either stays. Unsafe where a file that is no code names the renamed one.

## References
Python documentation, "The Module Search Path", and "sys.path"; PEP 420, "Implicit Namespace Packages" (a
regular package anywhere on the path comes before a folder without `__init__.py`).
"""

import ast
from collections.abc import Iterable, Iterator

from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix, Location
from bootproof.model.symptom import Failure, Frame, Symptom
from bootproof.model.words import Safety
from bootproof.rules.imports._names_shared import defined, freed, shared
from bootproof.rules.imports._statements import raised_at, statement_at
from bootproof.rules.registry import finding

CODE = "BP209"


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """A finding for the own file whose name another module has, where one was taken for the other."""
    for failure in symptom.failures:
        frames = raised_at(failure)
        if not frames or not failure.is_a("ImportError", "AttributeError"):
            continue
        for module, name in _asked(failure, frames[-1], facts):
            file = shared(facts, module)
            if file is None or not _mistaken(facts, module, name, file, frames[-1]):
                continue
            frame = failure.own_frame
            where = next(iter(facts.providers(module)), "")
            yield finding(
                __name__,
                module,
                file=file,
                line=1,
                cause=f"`{file}` bears the name of the {f'distribution `{where}`' if where else 'standard library'}'s "
                f"module `{module}`",
                explanation=f"`{name}` was asked of one of the two, and only the other one has it."
                if name
                else "One of the two was loaded where the other one was meant.",
                related=(Location(frame.file, frame.line, note=f"leads to `{module}`"),)
                if frame is not None and (frame.file, frame.line) != (file, 1)
                else (),
                data={"module": module},
            )
            return


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """Frees the name."""
    module = str(finding.data["module"])
    edits = freed(facts, module, finding.file)
    if edits is None:
        return None
    to = next((each.file for each in edits if each.creates), "")
    told = facts.mentions(finding.file.rpartition("/")[2]) if to else ()
    places = ", ".join(f"`{file}:{line}`" for file, line in told[:3])
    return Fix(
        f"rename `{finding.file}` to `{to}`" if to else f"remove `{finding.file}`, which does nothing",
        Safety.UNSAFE if told else Safety.SAFE,
        edits,
        loses=f"{places} may name the renamed file" if told else "",
    )


def _asked(failure: Failure, frame: Frame, facts: Facts) -> Iterator[tuple[str, str]]:
    """The top-level module that was asked, and for which name ("" where that is not known)."""
    name = failure.facts.get("name")
    if not isinstance(name, str):
        return
    if failure.is_a("AttributeError"):
        owner = failure.facts.get("owner")
        if failure.facts.get("owner_kind") == "module" and isinstance(owner, str):
            yield owner.partition(":")[0].partition(".")[0], name
    elif failure.is_a("ModuleNotFoundError"):
        top, _, below = name.partition(".")
        if below:
            yield top, below.partition(".")[0]
    else:
        node = statement_at(facts, frame.file, frame.line) if frame.own else None
        names = [alias.name for alias in node.names] if isinstance(node, ast.ImportFrom) and not node.level else []
        lacking = failure.facts.get("path")
        if not frame.own and isinstance(lacking, str) and f"/{lacking}".endswith(f"/{facts.file_of(name.partition('.')[0])}"):
            names = [""]
        yield from ((name.partition(".")[0], each) for each in names)


def _mistaken(facts: Facts, module: str, name: str, file: str, frame: Frame) -> bool:
    """Whether only one of the two has the name, and the one that was asked is the other one."""
    own, more = defined(facts, module, file)
    if not name:  # a library asked: it does not mean the project's file
        return not frame.own
    there = facts.ask("has", module=module, name=name) is True
    in_folder = facts.file_of(f"{module}.{name}") is not None
    mine = name in own or in_folder
    return there != mine if not more else there and not in_folder
