"""A name or module of the project itself is imported and does not exist

## What happens
One module of the project imports a name from another one, or a whole module, and there is no such thing: it
was renamed, moved, or misspelt.

## Why the server cannot start
The import raises `ImportError` or `ModuleNotFoundError` while the application is loaded.

## How to recognise it
The module named is the project's own, it was loaded completely, and its source binds no such name.

## How it is fixed
Where the module has a name that is spelt nearly so, that one is imported. Else, where exactly one other
module defines the name, it is imported from there.

## Fix safety
Unsafe for a near name: which one was meant is a guess. Safe for the one definition of that very name.

## References
Python documentation, "The import statement".
"""

import ast
import difflib
from collections.abc import Iterable, Iterator

from bootproof.edits.imports import move_import
from bootproof.edits.making import edit
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix, Location
from bootproof.model.symptom import Failure, Frame, Symptom
from bootproof.model.words import Safety
from bootproof.rules.imports._statements import bindings, defines, module_named, raised_at, statement_at
from bootproof.rules.registry import finding

CODE = "BP203"
YIELDS_TO = ("BP209",)
_NEAR = 0.75  # difflib's ratio: two letters in eight may differ


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """A finding for each own name that the statement wanted in vain, or for the own module."""
    for failure in symptom.failures:
        frames = raised_at(failure)
        if not frames or not frames[-1].own or not failure.is_a("ImportError"):
            continue
        found = list(
            _modules(failure, frames[-1], facts) if failure.is_a("ModuleNotFoundError") else _names(frames, facts)
        )
        if found:
            yield from found
            return


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """Imports the near name, or the same name from the one module that defines it."""
    text, node = facts.text(finding.file), finding.data["node"]
    wanted, module = str(finding.data["wanted"]), str(finding.data["module"])
    near, elsewhere = finding.data.get("near"), finding.data.get("elsewhere")
    if text is None or not isinstance(node, ast.ImportFrom | ast.Import) or (finding.data.get("whole") and not near):
        return None
    if finding.data.get("whole"):
        start, end = facts.span(finding.file, node)
        old = text[start:end].decode("utf-8", "surrogateescape")
        written = wanted if wanted in old else wanted.rpartition(".")[2]
        if old.count(written) != 1:
            return None
        new = old.replace(written, str(near) if written == wanted else str(near).rpartition(".")[2])
        return Fix(
            f"import `{near}`",
            Safety.UNSAFE,
            (edit(finding.file, text, start, end, new),),
            loses=f"that `{near}` is what was meant by `{wanted}` is a guess",
        )
    if not isinstance(node, ast.ImportFrom):
        return None
    if near:
        made = move_import(finding.file, text, node, {wanted: (f"{'.' * node.level}{node.module or ''}", str(near))})
        return Fix(
            f"import `{near}`",
            Safety.UNSAFE,
            (made,),
            loses=f"that `{near}` is what was meant by `{wanted}` is a guess",
        )
    if elsewhere:
        made = move_import(finding.file, text, node, {wanted: (str(elsewhere), wanted)})
        return Fix(f"import `{wanted}` from `{elsewhere}` instead of `{module}`", Safety.SAFE, (made,))
    return None


def _names(frames: tuple[Frame, ...], facts: Facts) -> Iterator[Finding]:
    frame = frames[-1]
    node = statement_at(facts, frame.file, frame.line)
    module = module_named(facts, frame.file, node) if isinstance(node, ast.ImportFrom) else None
    file = facts.file_of(module) if module else None
    tree = facts.syntax(file) if file else ast.Module([], [])
    if not isinstance(node, ast.ImportFrom) or module is None or tree is None:
        return
    beside = _submodules(module, facts)
    bound, more = bindings(tree)
    if (
        more
        or (file is None and not beside)
        or any(each.file == file and each.function == "<module>" for each in frames)
    ):
        return  # it may bind more than can be read, or it is not complete yet: a circle
    for alias in node.names:
        if alias.name == "*" or alias.name in bound | beside:
            continue
        near = _nearest(alias.name, bound | beside)
        elsewhere = _definitions(alias.name, facts, file)
        has = facts.file_of(f"{module}.{near}") or file
        related = [Location(has, _line(tree, near), note=f"has `{near}`")] if near and has else []
        related += [Location(other, line, note=f"defines `{alias.name}`") for other, line in elsewhere]
        yield finding(
            __name__,
            f"{module}:{alias.name}",
            file=frame.file,
            line=node.lineno,
            end_line=node.end_lineno,
            cause=f"`{module}` has no `{alias.name}`",
            explanation=f"The nearest name in it is `{near}`." if near else "It has no name that is spelt nearly so.",
            related=tuple(related),
            data={
                "node": node,
                "wanted": alias.name,
                "module": module,
                "near": near,
                "elsewhere": facts.module_of(elsewhere[0][0]) if len(elsewhere) == 1 else None,
            },
        )


def _modules(failure: Failure, frame: Frame, facts: Facts) -> Iterator[Finding]:
    name = failure.facts.get("name")
    node = statement_at(facts, frame.file, frame.line)
    if not isinstance(name, str) or node is None or not _parent_is_own(name, facts):
        return
    near = _nearest(name.rpartition(".")[2], _submodules(name.rpartition(".")[0], facts))
    whole = f"{name.rpartition('.')[0]}.{near}".lstrip(".") if near else None
    file = facts.file_of(whole) if whole else None
    yield finding(
        __name__,
        name,
        file=frame.file,
        line=node.lineno,
        end_line=node.end_lineno,
        cause=f"the project has no module `{name}`",
        explanation=f"The nearest module is `{whole}`." if whole else "No module beside it is spelt nearly so.",
        related=(Location(file, 1, note=f"is `{whole}`"),) if file else (),
        data={"node": node, "wanted": name, "module": name, "near": whole, "whole": True},
    )


def _submodules(package: str, facts: Facts) -> frozenset[str]:
    """The last names of the modules and packages right inside a package or folder of the project."""
    inside = (facts.module_of(each) for each in facts.python_files())
    return frozenset(
        each.removeprefix(f"{package}.").partition(".")[0] for each in inside if each.startswith(f"{package}.")
    )


def _parent_is_own(name: str, facts: Facts) -> bool:
    """Whether the part before the last dot is a module or a folder of the project."""
    parent = name.rpartition(".")[0]
    if not parent:
        return False
    return facts.file_of(parent) is not None or any(
        facts.module_of(each).startswith(f"{parent}.") for each in facts.python_files()
    )


def _nearest(name: str, candidates: Iterable[str]) -> str | None:
    plain = sorted({each for each in candidates if not each.startswith("__")})
    return next(iter(difflib.get_close_matches(name, plain, 1, _NEAR)), None)


def _definitions(name: str, facts: Facts, file: str | None) -> list[tuple[str, int]]:
    found = []
    for other in facts.files_with(name.encode()):
        tree = facts.syntax(other)
        if other != file and tree is not None and defines(tree, name) and not _is_test(other):
            found.append((other, _line(tree, name)))
    return found


def _is_test(file: str) -> bool:
    return bool({"tests", "test"} & set(file.split("/"))) or file.rpartition("/")[2].startswith(("test_", "conftest"))


def _line(tree: ast.Module, name: str | None) -> int:
    for node in tree.body:
        if getattr(node, "name", None) == name or any(
            isinstance(each, ast.Name) and each.id == name and isinstance(each.ctx, ast.Store)
            for each in ast.walk(node)
        ):
            return int(node.lineno)
    return 1
