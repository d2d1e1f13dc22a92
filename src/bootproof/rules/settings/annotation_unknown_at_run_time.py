"""An annotation that pydantic needs is imported for type checkers only

## What happens
`PydanticUserError` ("… is not fully defined") is raised where a model or a settings class is used first.

## Why the server cannot start
pydantic evaluates annotations while the program runs. A name that is imported under `if TYPE_CHECKING:` is not
there then; `from __future__ import annotations` only delays the moment at which it is missed.

## How to recognise it
The error's `code` says that a class is not fully defined or an annotation undefined, and the name that it
misses is one that an own file, the class's first, imports under `TYPE_CHECKING`.

## How it is fixed
The import is made at run time too: it moves from under `if TYPE_CHECKING:` to the other imports.

## Fix safety
Safe: the name means the same. Where the import would go round in a circle the start says so, and it is no fix.

## References
https://docs.pydantic.dev/latest/errors/usage_errors/#class-not-fully-defined
"""

import ast
import re
from collections.abc import Iterable, Iterator

from bootproof.edits.python import add_import, drop_import, replace_node
from bootproof.model.edit import AnyEdit
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix, Location
from bootproof.model.symptom import Failure, Symptom
from bootproof.model.words import Safety
from bootproof.rules.origins import classes_named
from bootproof.rules.reading import dotted_name, own_frames
from bootproof.rules.registry import finding

CODE = "BP314"
CODES = frozenset({"class-not-fully-defined", "undefined-annotation"})


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The import under `TYPE_CHECKING` that the class lacks."""
    for failure in symptom.failures:
        if failure.facts.get("code") not in CODES:
            continue
        # the error carries the name in some releases only: else a quoted one, which must stand in the source
        words = [str(failure.facts.get("name") or ""), *re.findall(r"`(\w+)`", failure.message)]
        for file, where in _files(facts, failure, words):
            for block, statement, alias in _for_checkers(facts, file):
                bound = alias.asname or alias.name
                if bound not in words[:1] + words[2:]:
                    continue
                yield finding(
                    __name__,
                    bound,
                    file=file,
                    line=statement.lineno,
                    cause=f"`{bound}` is imported for type checkers only, and pydantic needs it while the program runs",
                    related=where,
                    data={"block": block, "statement": statement, "alias": alias},
                )
                return


def _files(facts: Facts, failure: Failure, words: list[str]) -> Iterator[tuple[str, tuple[Location, ...]]]:
    """The files where the name may be imported: the class's, then those at the own frames, then any that is reached."""
    for owner in words[1:2]:
        for file, node in classes_named(facts, owner):
            yield file, (Location(file, node.lineno, note=f"class {owner}"),)
    for frame in own_frames(failure):
        yield frame.file, (Location(frame.file, frame.line, note="used here"),)
    for file in sorted(facts.reachable()):
        yield file, ()


def _for_checkers(facts: Facts, file: str) -> Iterator[tuple[ast.If, ast.ImportFrom | ast.Import, ast.alias]]:
    tree = facts.syntax(file)
    for block in tree.body if tree is not None else ():
        if isinstance(block, ast.If) and dotted_name(block.test).rpartition(".")[2] == "TYPE_CHECKING":
            for statement in (each for each in block.body if isinstance(each, ast.Import | ast.ImportFrom)):
                for alias in statement.names:
                    yield block, statement, alias


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """The import at run time."""
    block, statement, alias = finding.data["block"], finding.data["statement"], finding.data["alias"]
    text, file = facts.text(finding.file) or b"", finding.file
    if not isinstance(block, ast.If) or not isinstance(alias, ast.alias):
        return None
    if isinstance(statement, ast.ImportFrom):
        code = ast.unparse(ast.ImportFrom(statement.module, [alias], statement.level))
    elif isinstance(statement, ast.Import):
        code = ast.unparse(ast.Import([alias]))
    else:
        return None
    alone = len(block.body) == len(statement.names) == 1 and not block.orelse
    edits: tuple[AnyEdit, ...]
    if alone:
        edits = (replace_node(file, text, block, code), *_unguarded(facts, file, text, block))
    else:
        edits = (add_import(file, text, code), drop_import(file, text, statement, [alias.name]))
    return Fix(f"import `{alias.asname or alias.name}` at run time", Safety.SAFE, edits)


def _unguarded(facts: Facts, file: str, text: bytes, block: ast.If) -> Iterator[AnyEdit]:
    """The import of `TYPE_CHECKING` itself taken out, where nothing else asks for it."""
    tree = facts.syntax(file)
    for each in tree.body if tree is not None and isinstance(block.test, ast.Name) else ():
        imports = isinstance(each, ast.ImportFrom) and any(alias.name == "TYPE_CHECKING" for alias in each.names)
        if isinstance(each, ast.ImportFrom) and imports and text.count(b"TYPE_CHECKING") == 2:
            yield drop_import(file, text, each, ["TYPE_CHECKING"])
