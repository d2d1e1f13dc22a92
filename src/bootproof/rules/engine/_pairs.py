"""The other side of a relationship: which attribute it is, whether it is one object, how it is written."""

import ast
import re
from collections.abc import Mapping

from bootproof.edits.classes import last_in_body
from bootproof.model.edit import AnyEdit
from bootproof.model.facts import Facts
from bootproof.rules.connecting._importing import known_as
from bootproof.rules.engine._mapped import RELATIONSHIPS, Attribute, attributes
from bootproof.rules.reading import lineage, outside, text_of

_MANY = re.compile(r"\b(?:list|set|dict|sequence|collection|iterable|writeonlymapped|dynamicmapped)\b", re.IGNORECASE)


def names_class(attribute: Attribute, name: str) -> bool:
    """Whether a relationship is to the class of that name, as its argument or its annotation says."""
    argument = attribute.option("argument") or (attribute.call.args[0] if attribute.call and attribute.call.args else None)
    said = argument if argument is not None else attribute.annotation
    if said is None:
        return False
    words = re.findall(r"\w+", text_of(said) or ast.unparse(said))
    return name in words


def is_one(attribute: Attribute) -> bool:
    """Whether a relationship is annotated as one object, and not as many."""
    return attribute.annotation is not None and not _MANY.search(ast.unparse(attribute.annotation))


def other_side(
    this: Attribute, name: str, owner: str, target: tuple[str, ast.ClassDef], told: object, facts: Facts
) -> tuple[AnyEdit, ...] | None:
    """The edits that write the relationship that `this` names as its other side; None where it cannot be told."""
    file, node = target
    direction = str(told.get("direction")) if isinstance(told, Mapping) else ""
    many = direction in ("MANYTOONE", "MANYTOMANY")
    if direction == "MANYTOMANY" and this.option("secondary") is None:
        return None
    inner = f'list["{owner}"]' if many else f'"{owner}"'
    edits: list[AnyEdit] = []
    if this.maker == "Relationship":
        optional, imports = known_as(facts, file, "typing", "Optional")
        made, more = known_as(facts, file, "sqlmodel", "Relationship")
        edits += [*more, *(() if many else imports)]
        kind = inner if many else f"{optional}[{inner}]"
        link = this.option("link_model")
        if link is not None and not _same_file(this, file):
            return None
        through = f", link_model={ast.unparse(link)}" if link is not None else ""
        code = f'{name}: {kind} = {made}(back_populates="{this.name}"{through})'
    else:
        made, more = known_as(facts, file, "sqlalchemy.orm", "relationship")
        edits += more
        secondary = this.option("secondary")
        if secondary is not None and text_of(secondary) is None and not _same_file(this, file):
            return None
        through = f", secondary={ast.unparse(secondary)}" if secondary is not None else ""
        styled = any(each.annotation is not None for each in attributes(facts, file, node) if each.maker not in RELATIONSHIPS)
        if styled and direction and not _is_dataclass(facts, file, node):
            mapped, imports = known_as(facts, file, "sqlalchemy.orm", "Mapped")
            edits += imports
            code = f'{name}: {mapped}[{inner}] = {made}(back_populates="{this.name}"{through})'
        else:
            code = f'{name} = {made}("{owner}", back_populates="{this.name}"{through})'
    return (*edits, last_in_body(file, facts.text(file) or b"", node, code))


def _is_dataclass(facts: Facts, file: str, node: ast.ClassDef) -> bool:
    """Whether a mapped class is a dataclass too: an annotation more is a parameter more."""
    bases = [outside(facts, where, base) for where, each in lineage(facts, file, node) for base in each.bases]
    return any(each.endswith(".MappedAsDataclass") for each in bases) or bool(node.decorator_list)


def _same_file(this: Attribute, file: str) -> bool:
    return this.file == file
