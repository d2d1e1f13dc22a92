"""A field without a default follows one with a default in a dataclass

## What happens
`dataclasses` raises `TypeError` while the class is made; SQLAlchemy tells it as `InvalidRequestError` where
the dataclass is a model (`MappedAsDataclass`).

## Why the server cannot start
The fields of a dataclass become the parameters of its constructor, in their order, those of base classes
first. A parameter without a default cannot follow one that has one.

## How to recognise it
The standard library's `dataclasses` raised while own code made a class.

## How it is fixed
The class takes its own fields by keyword: `kw_only=True`. The order of the fields, and so that of the
table's columns, stays.

## Fix safety
Safe where no code of the project passes the class positional arguments: it could not be made before. Unsafe
where some does: those calls must name what they pass.

## References
https://docs.python.org/3/library/dataclasses.html#dataclasses.KW_ONLY,
https://docs.sqlalchemy.org/en/20/orm/dataclasses.html#declarative-dataclass-mapping
"""

import ast
from collections.abc import Iterable

from bootproof.edits.classes import add_class_keyword
from bootproof.edits.making import edit
from bootproof.edits.python import add_argument
from bootproof.model.edit import Edit
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix, Rival
from bootproof.model.symptom import Symptom
from bootproof.model.words import Safety
from bootproof.rules.engine._mapped import attributes, class_at
from bootproof.rules.reading import meaning, outside
from bootproof.rules.registry import finding

CODE = "BP514"
_DECORATORS = ("dataclass", "mapped_as_dataclass")


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The class whose fields are in the wrong order."""
    raised = [each for each in symptom.failures if each.is_a("TypeError") and each.frames[-1:]]
    if not any(each.frames[-1].module == "dataclasses" for each in raised):
        return
    for failure in symptom.failures:
        made = class_at(facts, failure)
        if made is None:
            continue
        file, node = made
        fields = [each for each in attributes(facts, file, node) if each.annotation is not None]
        late = next((each for each in fields if each.statement.value is None), fields[0] if fields else None)
        yield finding(
            __name__,
            node.name,
            file=file,
            line=node.lineno,
            end_line=node.end_lineno,
            cause=f"a field of the dataclass `{node.name}` has no default and follows one that has"
            + (f": `{late.name}`" if late else ""),
            explanation="The fields are the parameters of its constructor, those of base classes first.",
            data={"class": node},
        )
        return


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """The fields by keyword."""
    node = finding.data["class"]
    assert isinstance(node, ast.ClassDef)
    made = _keyword_only(finding.file, node, facts)
    if made is None:
        return None
    calls = list(_positional(node, facts))
    return Fix(
        f"make the fields of `{node.name}` keyword-only",
        Safety.UNSAFE if calls else Safety.SAFE,
        (made,),
        loses=f"calls with positional arguments, as in `{calls[0]}`: they must name them" if calls else "",
        rivals=(Rival("put the fields without defaults first", "the order of the columns changes with them"),),
    )


def _keyword_only(file: str, node: ast.ClassDef, facts: Facts) -> Edit | None:
    text = facts.text(file) or b""
    for each in node.decorator_list:
        called = each.func if isinstance(each, ast.Call) else each
        name = ast.unparse(called).rpartition(".")[2]
        if name not in _DECORATORS:
            continue
        home = "dataclasses:dataclass" if name == "dataclass" else "sqlalchemy.orm:registry.mapped_as_dataclass"
        if outside(facts, file, called).startswith("pydantic"):
            home = "pydantic.dataclasses:dataclass"
        if not any(one.name == "kw_only" for one in facts.accepts(home) or ()):
            return None
        if isinstance(each, ast.Call):
            return add_argument(file, text, each, "kw_only", "True")
        end = facts.span(file, each)[1]
        return edit(file, text, end, end, "(kw_only=True)")
    accepted = facts.accepts("sqlalchemy.orm:MappedAsDataclass.__init_subclass__") or ()
    return add_class_keyword(file, text, node, "kw_only", "True") if any(one.name == "kw_only" for one in accepted) else None


def _positional(node: ast.ClassDef, facts: Facts) -> Iterable[str]:
    """The own calls that pass the class positional arguments."""
    for file in facts.files_with(node.name.encode() + b"("):
        tree = facts.syntax(file)
        for call in ast.walk(tree) if tree else ():
            if isinstance(call, ast.Call) and call.args:
                made = meaning(facts, file, call.func)
                if made is not None and made.node is node:
                    yield f"{file}:{call.lineno}"
