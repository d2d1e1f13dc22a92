"""A name is imported from a module that does not export it

## What happens
The project takes a name from a third-party module, and the installed version of that module does not have
it: it lives elsewhere, it moved to another distribution, or it is gone.

## Why the server cannot start
`from module import name` raises `ImportError` while the application is loaded; `module.name` raises
`AttributeError`.

## How to recognise it
The project's own import statement raised, every frame behind it belongs to the module that it names, and
the project's interpreter says that the module does not have the name.

## How it is fixed
The name is imported from the module that has it, found by asking the interpreter; where that module belongs
to a distribution that is not installed, the distribution is verified to hold the name and declared too.
Where no module has it, the successor that the library's authors name, another release of the distribution that
was verified to hold the name, or a name of the same module that is spelt nearly so.

## Fix safety
Safe where one object of that name exists near the old place. Unsafe where several do, where another name is
taken, or where another release is asked for.

## References
Python documentation, "The import statement"; each library's own migration notes.
"""

import ast
from collections.abc import Iterable, Iterator

from bootproof.edits.imports import add_import, move_import
from bootproof.edits.making import edit
from bootproof.model.edit import AnyEdit
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix, Location
from bootproof.model.symptom import Failure, Frame, Symptom
from bootproof.model.words import Safety
from bootproof.rules.dependencies._declaring import addition, is_own
from bootproof.rules.dependencies._releases import holding, other_release
from bootproof.rules.imports._homes import Home, home, is_outside
from bootproof.rules.imports._statements import dotted, meant, raised_at, statement_at
from bootproof.rules.registry import finding

CODE = "BP201"
YIELDS_TO = ("BP103", "BP104", "BP106", "BP209")


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """A finding for each name of the statement that raised which its module does not export."""
    for failure in symptom.failures:
        frames = raised_at(failure)
        frame = next((each for each in reversed(frames) if each.own), None)
        if frame is None:
            continue
        behind = frames[frames.index(frame) + 1 :]
        found = list(_from_statement(failure, frame, behind, facts)) or list(
            _from_attribute(failure, frame, behind, facts)
        )
        if found:
            yield from found
            return


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """Imports the name from where it lives."""
    name, module = str(finding.data["name"]), str(finding.data["module"])
    where, node = finding.data["home"], finding.data["node"]
    text, release = facts.text(finding.file), finding.data.get("release")
    if isinstance(release, tuple):
        return other_release(facts, *release)
    if not isinstance(where, Home) or text is None:
        return None
    new = where.name or name
    edits: list[AnyEdit] = []
    if isinstance(node, ast.ImportFrom):
        edits.append(move_import(finding.file, text, node, {name: (where.module, new)}))
    elif isinstance(node, ast.Attribute):
        start, end = facts.span(finding.file, node)
        edits += [
            add_import(finding.file, text, f"from {where.module} import {new}"),
            edit(finding.file, text, start, end, new),
        ]
    if where.requirement:
        added = addition(facts, where.requirement)
        if added is None:
            return None
        edits.append(added)
    more = f" and declare `{where.requirement}`" if where.requirement else ""
    several = f"several modules have a `{name}`: `{where.module}` is the nearest to `{module}`"
    loses = where.loses or ("" if where.certain else several)
    return Fix(
        f"import `{new}` from `{where.module}`{more}",
        Safety.SAFE if where.certain else Safety.UNSAFE,
        tuple(edits),
        loses=loses,
        requires=(where.requirement,) if where.requirement else (),
    )


def _from_statement(failure: Failure, frame: Frame, behind: tuple[Frame, ...], facts: Facts) -> Iterator[Finding]:
    node = statement_at(facts, frame.file, frame.line)
    if not isinstance(node, ast.ImportFrom) or node.level or not node.module or is_own(facts, node.module):
        return
    missing_module = failure.is_a("ModuleNotFoundError")
    if not (failure.is_a("ImportError") or failure.is_a("AttributeError")) and not behind:
        return
    top = node.module.partition(".")[0]
    if not is_outside(facts, node.module) or any(each.module.partition(".")[0] != top for each in behind):
        return
    if missing_module:
        # a submodule that moved: everything that the statement takes from it
        if behind or failure.facts.get("name") not in _prefixes(node.module):
            return
        names = [alias.name for alias in node.names if alias.name != "*"]
    else:
        names = [alias.name for alias in node.names if facts.ask("has", module=node.module, name=alias.name) is False]
    for name in names:
        yield _finding(facts, frame.file, node, node.module, name, failure)


def _from_attribute(failure: Failure, frame: Frame, behind: tuple[Frame, ...], facts: Facts) -> Iterator[Finding]:
    name, tree = failure.facts.get("name"), facts.syntax(frame.file)
    if not failure.is_a("AttributeError", "ImportError") or not isinstance(name, str) or tree is None:
        return
    for node in ast.walk(tree):
        if (
            not isinstance(node, ast.Attribute)
            or node.attr != name
            or not node.lineno <= frame.line <= (node.end_lineno or 0)
        ):
            continue
        written = dotted(node.value)
        module = meant(tree, written) if written else ""
        if (
            not module
            or is_own(facts, module)
            or any(each.module.partition(".")[0] != module.partition(".")[0] for each in behind)
        ):
            continue
        if is_outside(facts, module) and facts.ask("has", module=module, name=name) is False:
            yield _finding(facts, frame.file, node, module, name, failure)
            return


def _finding(
    facts: Facts, file: str, node: ast.ImportFrom | ast.Attribute, module: str, name: str, failure: Failure
) -> Finding:
    where = home(facts, name, module, failure.message)
    owner = next(iter(facts.providers(module)), "")
    # that a release has the very name says more than a name that is only like it
    ask = bool(owner) and (where is None or where.guess)
    release = holding(facts, owner, module, (name,)) if ask else None
    line = facts.declared(owner) if release is not None else None
    lives = "No installed module near it exports that name."
    if release is not None:
        lives = f"{'Newer' if release[1] else 'Older'} releases of `{owner}` do: `{owner}{release[0]}`."
    elif where is not None:
        lives = f"`{where.module}` exports `{where.name}`." if where.name else f"It is exported by `{where.module}`."
    return finding(
        __name__,
        f"{module}:{name}",
        file=file,
        line=node.lineno,
        end_line=node.end_lineno,
        cause=f"`{module}` does not export `{name}`",
        explanation=lives,
        related=(Location(line.file, line.line, note=f"declares `{owner}`"),) if line else (),
        data={
            "name": name,
            "module": module,
            "home": where,
            "node": node,
            "release": (owner, *release) if release else None,
        },
    )


def _prefixes(module: str) -> set[str]:
    parts = module.split(".")
    return {".".join(parts[:length]) for length in range(2, len(parts) + 1)}
