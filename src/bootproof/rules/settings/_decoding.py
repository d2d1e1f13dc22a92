"""Fields whose text pydantic-settings reads as JSON before the class's own validator sees it."""

import ast

from bootproof.edits.making import edit
from bootproof.edits.python import add_import, wrap_node
from bootproof.model.edit import AnyEdit
from bootproof.model.facts import Facts
from bootproof.model.finding import Fix, Rival
from bootproof.model.project import SettingField
from bootproof.model.words import Safety
from bootproof.rules.origins import classes_named
from bootproof.rules.reading import Function, dotted_name, keyword, meaning, text_of


def undecoded(facts: Facts, field: SettingField) -> Fix | None:
    """`NoDecode`, where a validator that runs before the type's own takes the text."""
    if "NoDecode" not in (facts.exports("pydantic_settings") or ()) or "NoDecode" in field.annotation:
        return None
    text = facts.text(field.file) or b""
    for file, node in classes_named(facts, field.owner):
        annotated = next(
            (each for each in node.body if isinstance(each, ast.AnnAssign) and each.lineno == field.line),
            None,
        )
        if file != field.file or annotated is None:
            continue
        written = annotated.annotation
        if not any(_takes_text(each, field.name) for each in ast.walk(node)) and not _validated(facts, file, written):
            continue
        if isinstance(written, ast.Subscript) and dotted_name(written.value).rpartition(".")[2] == "Annotated":
            end = facts.span(file, written.slice)[1]
            inside: tuple[AnyEdit, ...] = (edit(file, text, end, end, ", NoDecode"),)
        else:
            inside = wrap_node(file, text, written, "Annotated[", ", NoDecode]")
        edits = (
            *inside,
            add_import(file, text, "from typing import Annotated"),
            add_import(file, text, "from pydantic_settings import NoDecode"),
        )
        return Fix(
            "leave the text to the class's own validator: `NoDecode`",
            Safety.SAFE,
            edits,
            rivals=(Rival("write the value as JSON"),),
        )
    return None


def _takes_text(node: ast.AST, name: str) -> bool:
    """Whether a method is a validator of the field that runs before the type's own and handles text."""
    for each in node.decorator_list if isinstance(node, Function) else ():
        word = dotted_name(each.func).rpartition(".")[2] if isinstance(each, ast.Call) else ""
        if not isinstance(each, ast.Call) or name not in [text_of(one) for one in each.args]:
            continue
        mode, pre = keyword(each, "mode"), keyword(each, "pre")
        old = word == "validator" and isinstance(pre, ast.Constant) and pre.value is True
        if (old or (word == "field_validator" and text_of(mode) == "before")) and _handles_text(node):
            return True
    return False


def _validated(facts: Facts, file: str, annotation: ast.expr) -> bool:
    """Whether the annotation itself has a `BeforeValidator` whose function handles text."""
    for each in ast.walk(annotation):
        if isinstance(each, ast.Call) and dotted_name(each.func).rpartition(".")[2] == "BeforeValidator" and each.args:
            found = meaning(facts, file, each.args[0])
            node = each.args[0] if isinstance(each.args[0], ast.Lambda) else found.node if found is not None else None
            if node is not None and _handles_text(node):
                return True
    return False


def _handles_text(node: ast.AST) -> bool:
    """Whether a function splits a value, or asks whether it is a text."""
    for each in ast.walk(node):
        if isinstance(each, ast.Attribute) and each.attr in ("split", "splitlines"):
            return True
        asks = isinstance(each, ast.Call) and dotted_name(each.func) == "isinstance"
        if isinstance(each, ast.Call) and asks and any(isinstance(one, ast.Name) and one.id == "str" for one in each.args):
            return True
    return False
