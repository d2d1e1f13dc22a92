"""A field of a model has a type that has no JSON schema

## What happens
`/openapi.json` answers 500, and with it the documentation: pydantic cannot generate a JSON schema.

## Why the server cannot start
The server starts, and the routes answer. The OpenAPI document is made when it is first asked for, and each
model that a route takes or gives has to be described in it. A callable, an arbitrary class or a type with the
validators of pydantic 1 cannot be.

## How to recognise it
pydantic gave up on a schema, and what its own frames were working on is a field of an own model.

## How it is fixed
The field is left out of the document: `SkipJsonSchema[…]`. A person may give the type a schema instead, or the
field another type.

## Fix safety
Unsafe: the document no longer tells of the field.

## References
https://docs.pydantic.dev/latest/api/json_schema/#pydantic.json_schema.SkipJsonSchema,
https://docs.pydantic.dev/latest/concepts/types/#customizing-validation-with-__get_pydantic_core_schema__
"""

import ast
from collections.abc import Iterable

from bootproof.edits.python import wrap_node
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix, Location, Rival
from bootproof.model.symptom import Symptom
from bootproof.model.words import Safety
from bootproof.rules.connecting._code import source
from bootproof.rules.connecting._importing import known_as
from bootproof.rules.reading import meaning
from bootproof.rules.registry import finding

CODE = "BP815"


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The field that pydantic was at."""
    for failure in symptom.failures:
        model, name = failure.facts.get("model"), failure.facts.get("field")
        if not failure.is_a("pydantic.errors.PydanticInvalidForJsonSchema") or not isinstance(model, str):
            continue
        found = _field(facts, model, str(name))
        if found is None:
            continue
        file, field = found
        stands = meaning(facts, file, field.annotation)
        own = stands is not None and isinstance(stands.node, ast.ClassDef)
        yield finding(
            __name__,
            f"{model.rpartition('.')[2]}.{name}",
            file=file,
            line=field.lineno,
            end_line=field.end_lineno,
            data={"field": field},
            cause=f"`{model.rpartition('.')[2]}.{name}` has the type `{source(facts, file, field.annotation)}`, which has no "
            "JSON schema",
            explanation="Each model of a route is described in the OpenAPI document, with all of its fields.",
            related=(Location(stands.file, getattr(stands.node, "lineno", 1), note="the type"),) if stands and own else (),
        )
        return


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """The field left out of the document."""
    field, file = finding.data["field"], finding.file
    assert isinstance(field, ast.AnnAssign)
    if "SkipJsonSchema" not in (facts.exports("pydantic.json_schema") or ()):
        return None
    name, imports = known_as(facts, file, "pydantic.json_schema", "SkipJsonSchema")
    wrapped = wrap_node(file, facts.text(file) or b"", field.annotation, f"{name}[", "]")
    return Fix(
        "leave the field out of the OpenAPI document",
        Safety.UNSAFE,
        (*imports, *wrapped),
        loses="the field in the documentation: clients that are made from it do not know it",
        rivals=(Rival("a type that has a schema, or `__get_pydantic_core_schema__` and a schema for this one"),),
    )


def _field(facts: Facts, model: str, name: str) -> tuple[str, ast.AnnAssign] | None:
    """The annotated field of an own model, or of an own class that it inherits from."""
    module, _, owner = model.rpartition(".")
    file = facts.file_of(module)
    tree = facts.syntax(file) if file is not None else None
    for node in ast.walk(tree) if tree is not None and file is not None else ():
        if not isinstance(node, ast.ClassDef) or node.name != owner or file is None:
            continue
        for each in node.body:
            if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name) and each.target.id == name:
                return file, each
        for base in node.bases:
            above = meaning(facts, file, base)
            if above is not None and isinstance(above.node, ast.ClassDef):
                found = _field(facts, f"{facts.module_of(above.file)}.{above.name}", name)
                if found is not None:
                    return found
    return None
