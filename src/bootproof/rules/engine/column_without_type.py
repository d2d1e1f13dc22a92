"""A field of a table model has no column type

## What happens
SQLModel raises `ValueError` while the class of the model is made: it knows no SQLAlchemy type for a field.

## Why the server cannot start
SQLModel derives each column's type from the annotation. It knows one for numbers, text, dates; none for
lists, dictionaries, unions and the types of pydantic that are no text (`HttpUrl`).

## How to recognise it
SQLModel itself raised while the class was made, and the field for which it did is known; of lists and
dictionaries every other such field of the class is told as well.

## How it is fixed
A list or a dictionary, and a union of plain values, is stored as JSON: `sa_type=JSON`. A URL of pydantic's
becomes `str`, a `Literal` of texts or of numbers has a column of these. What else it may be, a person gives a
type.

## Fix safety
Safe for a list or dictionary of plain values, and for a `Literal`: there was no column yet, and JSON holds
them on every database. Unsafe else: JSON is compared and indexed otherwise, and holds no objects; `str` is not taken apart.

## References
https://sqlmodel.tiangolo.com/tutorial/create-db-and-table/,
https://docs.sqlalchemy.org/en/20/core/type_basics.html#sqlalchemy.types.JSON
"""

import ast
from collections.abc import Iterable, Mapping

from bootproof.edits.python import replace_node
from bootproof.model.edit import AnyEdit
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix, Rival
from bootproof.model.symptom import Symptom
from bootproof.model.words import Safety
from bootproof.rules.connecting._importing import known_as, used_no_more
from bootproof.rules.engine._mapped import Attribute, all_attributes, class_at, field_given, without
from bootproof.rules.reading import meaning, outside
from bootproof.rules.registry import finding

CODE = "BP509"
_CONTAINERS = frozenset({"list", "dict", "tuple", "List", "Dict", "Tuple", "Sequence", "Mapping", "MutableMapping", "Any"})
_PLAIN = frozenset({"str", "int", "float", "bool", "None", "object"}) | _CONTAINERS
_WRAPPERS = frozenset({"Optional", "Union", "Annotated", "typing", "t"})


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The fields that have no column type."""
    for failure in symptom.failures:
        maps = bool(failure.frames) and failure.frames[-1].module.startswith("sqlmodel.")
        made = class_at(facts, failure) if maps and failure.is_a("ValueError", "TypeError") else None
        if made is None:
            continue
        told = failure.facts.get("column")
        name, kind = (str(told.get("name")), str(told.get("type"))) if isinstance(told, Mapping) else ("", "")
        every = all_attributes(facts, *made)
        bare = [each for each in every if _holds(each) and _is_bare(each)]
        if name and name not in [each.name for each in bare]:
            bare = [each for each in every if each.name == name]
        if bare:
            yield finding(
                __name__,
                made[1].name if _holds(bare[0]) else f"{made[1].name}.{name}",
                file=bare[0].file,
                line=bare[0].line,
                cause="SQLModel knows no column type for "
                + ", ".join(f"`{each.name}`" for each in bare)
                + f" of `{made[1].name}`",
                data={"fields": tuple(each for each in bare if each.file == bare[0].file), "type": kind},
            )
            return


def _words(field: Attribute) -> list[str]:
    """The names in an annotation, those that only wrap it left out, the outermost first."""
    nodes = ast.walk(field.annotation) if field.annotation else ()
    found = [each.id if isinstance(each, ast.Name) else each.attr for each in nodes if isinstance(each, ast.Name | ast.Attribute)]
    return [each for each in found if each not in _WRAPPERS]


def _holds(field: Attribute) -> bool:
    return _words(field)[:1] != [] and _words(field)[0] in _CONTAINERS


def _is_bare(field: Attribute) -> bool:
    if field.maker == "Relationship":
        return False  # it has no column
    return field.option("sa_type") is None and field.option("sa_column") is None


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """A type for each of the fields."""
    fields, kind = finding.data["fields"], str(finding.data["type"])
    if not isinstance(fields, tuple) or not any(each.name == "sa_type" for each in facts.accepts("sqlmodel:Field") or ()):
        return None
    words = {word for each in fields for word in _words(each)}
    rivals = (Rival("a table of its own with a relationship", "where the items are to be searched or joined"),)
    if words <= _PLAIN:
        sure = all(_holds(each) for each in fields)
        loses = "" if sure else "a column of one type: the values are compared and indexed as JSON"
        edits = [made for each in fields for made in _typed(each, "JSON", facts)]
        title = "store it as JSON: `sa_type=JSON`"
        return Fix(title, Safety.SAFE if sure else Safety.UNSAFE, tuple(edits), loses=loses, rivals=rivals)
    plain = _of_literal(fields[0], facts) if len(fields) == 1 else ""
    if plain:
        return Fix(f"store it as what its values are: `sa_type={plain}`", Safety.SAFE, _typed(fields[0], plain, facts))
    names = facts.ask("attributes", path=kind)
    if len(fields) == 1 and isinstance(names, list) and "unicode_string" in names:
        return Fix(
            "store it as text: `str`",
            Safety.UNSAFE,
            _as_text(fields[0], kind.rpartition(":")[2], facts),
            loses=f"the parts of a `{kind.rpartition(':')[2]}`; a table model checks no values in either case",
            rivals=(Rival("a `TypeDecorator` as `sa_type`", "it turns the URL into text and back"),),
        )
    return None


def _as_text(field: Attribute, name: str, facts: Facts) -> tuple[AnyEdit, ...]:
    text = facts.text(field.file) or b""
    nodes = list(ast.walk(field.annotation)) if field.annotation else []
    named = [each for each in nodes if (isinstance(each, ast.Name) and each.id == name) or getattr(each, "attr", "") == name]
    dropped = [made for each in named for made in used_no_more(facts, field.file, each)]
    return (*dropped, *(replace_node(field.file, text, each, "str") for each in named))


def _of_literal(field: Attribute, facts: Facts) -> str:
    """SQLAlchemy's type for the values of a `Literal[…]`, where all are texts or all numbers; "" for other annotations."""
    inner = field.inner
    if isinstance(inner, ast.BinOp):
        inner = next((each for each in (inner.left, inner.right) if not isinstance(each, ast.Constant)), None)
    inner = without(inner, "Optional")
    named = meaning(facts, field.file, inner) if inner is not None else None  # an alias: `Kind = Literal[…]`
    file, node = (named.file, named.node) if named is not None and named.node is not None else (field.file, inner)
    if not isinstance(node, ast.Subscript) or outside(facts, file, node.value).rpartition(".")[2] != "Literal":
        return ""
    values = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    held = {type(each.value).__name__ if isinstance(each, ast.Constant) else "" for each in values}
    return {"str": "String", "int": "Integer"}.get(held.pop(), "") if len(held) == 1 else ""


def _typed(field: Attribute, name: str, facts: Facts) -> tuple[AnyEdit, ...]:
    kind, imports = known_as(facts, field.file, "sqlalchemy", name)
    return (*imports, *field_given(facts, field, "sa_type", kind))
