"""pydantic refuses a class while it is defined

## What happens
`PydanticUserError` is raised at the `class` statement of a model or of a settings class.

## Why the server cannot start
pydantic 2 builds a schema from a class as soon as it is defined, and refuses what it can make no field of: an
attribute without an annotation, a type that it does not know, options that are given twice, a union whose
members nothing tells apart. Classes written for pydantic 1 are full of these.

## How to recognise it
The innermost frames are pydantic's, the project's own last one stands at a `class` statement or in its body,
and the error has a `code`: what is wrong, in the same word in every release.

## How it is fixed
An attribute gets the annotation that its value, or the base that it overrides, tells; one whose value does not
tell becomes a `ClassVar`. What `class Config` says moves into `model_config`, by the names that the installed
pydantic tells. A class that pydantic does not know is allowed with `arbitrary_types_allowed`. What tells a
union apart becomes a `Literal` of its default; without one, a person says of which values.

## Fix safety
Safe for annotations of plain values and for merged options: pydantic 1 inferred the same. Unsafe for `ClassVar`
(no variable fills it) and for arbitrary types (their values are not checked).

## References
https://docs.pydantic.dev/latest/errors/usage_errors/, https://docs.pydantic.dev/latest/migration/
"""

import ast
import builtins
import re
from collections.abc import Iterable, Iterator

from bootproof.edits.making import edit
from bootproof.edits.python import add_import, replace_node
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix
from bootproof.model.symptom import Symptom
from bootproof.model.words import Safety
from bootproof.rules.origins import classes_named
from bootproof.rules.reading import dotted_name, outside
from bootproof.rules.registry import finding
from bootproof.rules.settings._annotations import unannotated, wanted
from bootproof.rules.settings._definitions import Definition, fields_of, refused
from bootproof.rules.settings._options import merged, set_option
from bootproof.rules.settings._problems import first_sentence

CODE = "BP310"
YIELDS_TO = ("BP201", "BP311", "BP312", "BP419")
_UNANNOTATED = ("model-field-missing-annotation", "model-field-overridden")
_MEANT = {"any": "typing.Any", "callable": "collections.abc.Callable"}  # functions that are written where a type is meant


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The class that was refused, at what it was refused for."""
    for failure in symptom.failures:
        found = refused(facts, failure)
        if found is not None:
            yield from _told(facts, found)
            return


def _told(facts: Facts, found: Definition) -> Iterator[Finding]:
    name = found.node.name
    attributes = unannotated(found) if found.code in _UNANNOTATED else []
    for statement, target in attributes:
        yield _finding(found, f"{name}.{target.id}", found.file, statement, f"`{name}.{target.id}` has a value and no annotation")
    if attributes:
        return
    if found.code == "config-both":
        inner = next(each for each in found.node.body if isinstance(each, ast.ClassDef) and each.name == "Config")
        yield _finding(found, name, found.file, inner, f"`{name}` gives its options twice: in `model_config` and in `Config`")
        return
    unknown = _unknown(facts, found) if found.code == "schema-for-unknown-type" else None
    if unknown is not None:
        what = f"{name}.{unknown[0]}"
        said = f"`{what}` is a `{ast.unparse(unknown[1])}`, of which pydantic makes no schema"
        yield _finding(found, what, found.file, unknown[1], said)
        return
    apart = _apart(facts, found) if found.code.startswith("discriminator-") else None
    if apart is not None:
        file, owner, field, node = apart
        said = f"`{owner}.{field}` is to tell the members of a union apart, and is no `Literal`"
        yield _finding(found, f"{owner}.{field}", file, node, said)
        return
    yield _finding(found, name, found.file, found.node, f"pydantic refuses `{name}`: {first_sentence(found.failure.message)}")


def _finding(found: Definition, key: str, file: str, node: ast.expr | ast.stmt, cause: str) -> Finding:
    data = {"definition": found, "node": node}
    end = None if isinstance(node, ast.ClassDef) else node.end_lineno
    return finding(__name__, key, file=file, line=node.lineno, end_line=end, cause=cause, data=data)


def _unknown(facts: Facts, found: Definition) -> tuple[str, ast.expr] | None:
    """The field and the part of its annotation that pydantic knows no schema of."""
    # no attribute of the error carries the type: its quoted name must stand in the class's own annotations
    words = {each.rpartition(".")[2] for each in re.findall(r"\w[\w.]*", first_sentence(found.failure.message))}
    for each in (one for one in found.node.body if isinstance(one, ast.AnnAssign)):
        for part in ast.walk(each.annotation):
            last = dotted_name(part).rpartition(".")[2]
            if isinstance(part, ast.expr) and last and last in words and not isinstance(getattr(builtins, last, None), type):
                return ast.unparse(each.target), part
    return None


def _apart(facts: Facts, found: Definition) -> tuple[str, str, str, ast.AnnAssign] | None:
    """The field of a member of a union that is to tell it apart: file, class, name, statement."""
    quoted = re.findall(r"'(\w+)'", found.failure.message)
    for owner in quoted:
        for file, node in classes_named(facts, owner):
            held = fields_of(facts, file, node)
            for field in quoted:
                if field in held and field != owner:
                    return held[field][0], owner, field, held[field][1]
    return None


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """What the code of the error asks for."""
    found, node = finding.data["definition"], finding.data["node"]
    if not isinstance(found, Definition) or not isinstance(node, ast.AST):
        return None
    text, file = facts.text(finding.file) or b"", finding.file
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
        name, end = node.targets[0].id, facts.span(file, node.targets[0])[1]
        kind = wanted(facts, found, name, node.value)
        if kind:
            return Fix(f"annotate it: `{name}: {kind}`", Safety.SAFE, (edit(file, text, end, end, f": {kind}"),))
        edits = (edit(file, text, end, end, ": ClassVar"), add_import(file, text, "from typing import ClassVar"))
        return Fix(f"make `{name}` a class variable", Safety.UNSAFE, edits, loses="that it is a field, which a caller fills")
    if isinstance(node, ast.ClassDef) and found.code == "config-both":
        moved = merged(facts, file, found.node)
        return Fix("give the options of `Config` in `model_config`", Safety.SAFE, moved) if moved else None
    if isinstance(node, ast.AnnAssign):
        return _literal(facts, file, node, finding)
    if isinstance(node, ast.Name | ast.Attribute):
        return _type(facts, file, node, found)
    return None


def _literal(facts: Facts, file: str, node: ast.AnnAssign, finding: Finding) -> Fix | None:
    text = facts.text(file) or b""
    default = node.value if isinstance(node.value, ast.Constant) and isinstance(node.value.value, str) else None
    value = f'"{finding.key.partition(".")[0].lower()}"'
    if default is not None:
        start, end = facts.span(file, default)
        value = text[start:end].decode()
    edits = (
        replace_node(file, text, node.annotation, f"Literal[{value}]"),
        add_import(file, text, "from typing import Literal"),
    )
    title = f"say by which value it is told apart: `Literal[{value}]`"
    return Fix(title, Safety.PLACEHOLDER if default is None else Safety.SAFE, edits)


def _type(facts: Facts, file: str, node: ast.Name | ast.Attribute, found: Definition) -> Fix | None:
    text, name = facts.text(file) or b"", dotted_name(node)
    made = outside(facts, file, node)
    if not made and name in _MEANT and isinstance(node, ast.Name):
        module, _, word = _MEANT[name].rpartition(".")
        edits = (replace_node(file, text, node, word), add_import(file, text, f"from {module} import {word}"))
        return Fix(f"write the type: `{word}`", Safety.SAFE, edits)
    if made and facts.ask("has", module=made, name=name) is True:  # `import datetime`, and `datetime` for its class
        inside = replace_node(file, text, node, f"{name}.{name}")
        return Fix(f"name the class in the module: `{name}.{name}`", Safety.SAFE, (inside,))
    allowed = set_option(facts, file, found.node, "arbitrary_types_allowed", "True")
    loses = f"that pydantic checks and describes `{name}`: any object of that class is taken as it is"
    return Fix("allow it with `arbitrary_types_allowed`", Safety.UNSAFE, allowed, loses=loses) if allowed else None
