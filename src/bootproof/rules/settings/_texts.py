"""pydantic's objects that stand for a text and are none: URLs, secrets; where an expression gives one."""

import ast
from collections.abc import Mapping
from typing import cast

from bootproof.edits.python import wrap_node
from bootproof.model.edit import AnyEdit
from bootproof.model.facts import Facts
from bootproof.rules.kinds import Names
from bootproof.rules.origins import own_class
from bootproof.rules.reading import Function, dotted_name, lineage, outside

# How the text of one is had, by the class that all of its kind derive from.
TEXTS: Mapping[str, tuple[str, str]] = {
    "pydantic.networks._BaseUrl": ("str(", ")"),
    "pydantic.networks._BaseMultiHostUrl": ("str(", ")"),
    "pydantic_core._pydantic_core.Url": ("str(", ")"),
    "pydantic_core._pydantic_core.MultiHostUrl": ("str(", ")"),
    "pydantic.types._SecretBase": ("", ".get_secret_value()"),
}


def text_of_kind(facts: Facts, kind: str) -> tuple[str, str] | None:
    """What goes before and behind an object of a type (a qualified name) to have its text; None for other types."""
    if kind.partition(".")[0] not in ("pydantic", "pydantic_core"):
        return None
    module, _, name = kind.rpartition(".")
    above = cast("list[str]", facts.ask("mro", path=f"{module}:{name}") or [])
    return next((TEXTS[each] for each in above if each in TEXTS), None)


def kind_of(facts: Facts, file: str, node: ast.expr, names: Names) -> str:
    """The type of an expression: as the rehearsal saw it, else as the own class says whose attribute it is."""
    written = dotted_name(node)
    if written in names:
        return names[written]
    if not isinstance(node, ast.Attribute):
        return ""
    owner = own_class(facts, file, node.value)
    for place, each in lineage(facts, *owner) if owner is not None else ():
        for statement in each.body:
            told = statement.annotation if isinstance(statement, ast.AnnAssign) else getattr(statement, "returns", None)
            name = statement.name if isinstance(statement, Function) else dotted_name(getattr(statement, "target", node))
            if name == node.attr and isinstance(told, ast.expr):
                return _annotated(facts, place, told)
    return ""


def _annotated(facts: Facts, file: str, annotation: ast.expr) -> str:
    """The type of pydantic's that an annotation names, by the name under which it was defined."""
    for each in (one for one in ast.walk(annotation) if isinstance(one, ast.Name | ast.Attribute)):
        module, _, name = outside(facts, file, each).rpartition(".")
        if module.partition(".")[0] == "pydantic":
            origin = facts.ask("origin", path=f"{module}:{name}")
            return str(origin).replace(":", ".") if origin else ""
    return ""


def as_text(facts: Facts, file: str, node: ast.expr, kind: str) -> tuple[AnyEdit, ...]:
    """The edits that have the text of an expression that gives such an object."""
    around = text_of_kind(facts, kind)
    return wrap_node(file, facts.text(file) or b"", node, *around) if around is not None else ()
