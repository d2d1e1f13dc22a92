"""A pydantic model is validated from an object and does not read attributes

## What happens
`UserOut.model_validate(user)` raises `ValidationError`: the input should be a dictionary or an instance of
the model.

## Why the server cannot start
The server starts; the request answers 500. pydantic reads the attributes of other objects only where the
model's configuration says `from_attributes=True`. FastAPI's `response_model` does so by itself, an own call
does not.

## How to recognise it
pydantic refused the whole input of an own `model_validate`, and that input is an object of a class.

## How it is fixed
The model gets `model_config = ConfigDict(from_attributes=True)`.

## Fix safety
Safe: the model accepts what it accepted before, and objects with such attributes too.

## References
https://docs.pydantic.dev/latest/concepts/models/#arbitrary-class-instances
"""

import ast
from collections.abc import Iterable

from bootproof.edits.making import edit
from bootproof.edits.python import add_argument
from bootproof.edits.source import indentation, line_start
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix, Location
from bootproof.model.symptom import Failure, Symptom
from bootproof.model.words import Safety
from bootproof.rules.connecting._code import called, calls_at, last_own
from bootproof.rules.connecting._importing import known_as
from bootproof.rules.registry import finding

CODE = "BP802"
PLAIN = frozenset(
    {"dict", "str", "bytes", "list", "tuple", "set", "int", "float", "bool", "NoneType", "Row", "RowMapping"}
)
BASES = frozenset({"pydantic.main.BaseModel"})


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The model that does not read attributes."""
    for failure, frame in last_own(symptom):
        if not failure.is_a("pydantic_core._pydantic_core.ValidationError") or not _refused_an_object(
            failure
        ):
            continue
        if not any(called(call) in ("model_validate", "from_orm") for call in calls_at(facts, frame)):
            continue
        title = str(failure.facts.get("title", ""))
        found = _model(title, facts)
        if found is None:
            continue
        file, node = found
        yield finding(
            __name__,
            node.name,
            file=file,
            line=node.lineno,
            data={"class": node},
            cause=f"`{node.name}` is validated from an object, and its configuration reads no attributes",
            explanation="FastAPI's `response_model` reads them by itself; an own `model_validate` does not.",
            related=(Location(frame.file, frame.line, note="validated here"),),
        )
        return


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """`from_attributes=True` in the model's configuration."""
    node = finding.data["class"]
    assert isinstance(node, ast.ClassDef)
    file, text = finding.file, facts.text(finding.file) or b""
    title = f"let `{node.name}` read attributes"
    config = next((each.value for each in node.body if _is_config(each)), None)  # type: ignore[attr-defined]  # a config is an assignment
    if isinstance(config, ast.Call):
        return Fix(title, Safety.SAFE, (add_argument(file, text, config, "from_attributes", "True"),))
    if isinstance(config, ast.Dict):
        place = facts.span(file, config)[0] + 1
        comma = ", " if config.keys else ""
        return Fix(title, Safety.SAFE, (edit(file, text, place, place, f'"from_attributes": True{comma}'),))
    if config is not None or any(
        isinstance(each, ast.ClassDef) and each.name == "Config" for each in node.body
    ):
        return None
    name, imports = known_as(facts, file, "pydantic", "ConfigDict")
    body = node.body
    first = (
        body[1]
        if len(body) > 1 and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant)
        else body[0]
    )
    place = line_start(text, facts.span(file, first)[0])
    code = f"{indentation(text, place)}model_config = {name}(from_attributes=True)\n\n"
    if first.lineno == node.lineno:  # `class UserOut(BaseModel): …` on one line
        return None
    return Fix(title, Safety.SAFE, (*imports, edit(file, text, place, place, code)))


def _refused_an_object(failure: Failure) -> bool:
    errors = failure.facts.get("errors")
    if not isinstance(errors, list) or len(errors) != 1 or not isinstance(errors[0], dict):
        return False
    whole = errors[0].get("type") in ("model_type", "model_attributes_type") and not errors[0].get("loc")
    return whole and errors[0].get("input_type") not in PLAIN


def _is_config(node: ast.stmt) -> bool:
    target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
    return isinstance(target, ast.Name) and target.id == "model_config"


def _model(title: str, facts: Facts) -> tuple[str, ast.ClassDef] | None:
    """The own class of that name; None where several bear it."""
    found = [
        (file, node)
        for file in (facts.files_with(f"class {title}".encode()) if title.isidentifier() else ())
        for node in ast.walk(facts.syntax(file) or ast.Module([], []))
        if isinstance(node, ast.ClassDef) and node.name == title
    ]
    reached = [each for each in found if each[0] in facts.reachable()] or found
    return reached[0] if len(reached) == 1 else None
