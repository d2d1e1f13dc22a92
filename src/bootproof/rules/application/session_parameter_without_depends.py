"""A parameter of an endpoint is a session, and nothing says where it comes from

## What happens
FastAPI raises `FastAPIError` ("Invalid args for response field") at the endpoint's decorator.

## Why the server cannot start
A parameter without `Depends` is a part of the request. FastAPI asks pydantic for a field of the annotated
class, and pydantic knows none for a database session, a client or another plain class.

## How to recognise it
FastAPI raised the error while it read the parameters of a function; one of them is annotated with a class
that is neither a model nor anything that FastAPI passes by itself.

## How it is fixed
A default that is an own function becomes `Depends` of it. Where exactly one own function yields or returns
that class, the parameter gets `Depends` of that, in `Annotated`: the order of the parameters stays. `Request |
None`, and its like, becomes `Request`: FastAPI always passes one.

## Fix safety
Safe: the endpoint gets what it asks for, from the only function that gives it. Where there are several, a
person chooses.

## References
https://fastapi.tiangolo.com/tutorial/dependencies/
"""

from collections.abc import Iterable

from bootproof.edits.python import add_import, replace_node, wrap_node
from bootproof.model.edit import AnyEdit
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix
from bootproof.model.symptom import Symptom
from bootproof.model.words import Safety
from bootproof.rules.application._apps import own_function
from bootproof.rules.application._parameters import Wanted, endpoint_at, providers, without_depends
from bootproof.rules.connecting._code import source
from bootproof.rules.connecting._importing import known_as
from bootproof.rules.registry import finding

CODE = "BP401"


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """One finding for each parameter of the function that FastAPI could not read."""
    for failure in symptom.failures:
        if not failure.is_a("fastapi.exceptions.FastAPIError"):
            continue
        if not any(each.module == "fastapi.dependencies.utils" for each in failure.frames):
            continue  # the response model
        endpoint = endpoint_at(facts, failure)
        for wanted in without_depends(facts, *endpoint, failure) if endpoint else ():
            name, function = wanted.argument.arg, wanted.function.name
            said = f"`{name}: {wanted.type_name}` of `{function}` has no `Depends`, and a request cannot hold one"
            if wanted.member is not None:
                said = f"`{name}` of `{function}` allows `None` beside the `{wanted.type_name}` that FastAPI always passes"
            yield finding(
                __name__,
                f"{function}.{name}",
                file=wanted.file,
                line=wanted.argument.lineno,
                cause=said,
                explanation="FastAPI takes it for a part of the request, and pydantic knows no field of this class.",
                data={"wanted": wanted},
            )


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """`Depends` of the only provider."""
    wanted = finding.data["wanted"]
    if not isinstance(wanted, Wanted):
        return None
    text = facts.text(wanted.file) or b""
    annotation = wanted.argument.annotation
    if annotation is None:
        return None
    if wanted.member is not None:
        alone = source(facts, wanted.file, wanted.member)
        return Fix(f"annotate it with `{alone}` alone", Safety.SAFE, (replace_node(wanted.file, text, annotation, alone),))
    given = own_function(facts, wanted.file, wanted.default)
    if given is not None and wanted.default is not None:
        named = source(facts, wanted.file, wanted.default)
        depends, imports = known_as(facts, wanted.file, "fastapi", "Depends")
        around = wrap_node(wanted.file, text, wanted.default, f"{depends}(", ")")
        return Fix(f"take it from `{named}`: `Depends({named})`", Safety.SAFE, (*imports, *around))
    found = providers(facts, wanted)
    if len(found) != 1:
        return None
    provider = found[0]
    statements = ["from typing import Annotated", "from fastapi import Depends"]
    if provider.file != wanted.file:
        statements.append(f"from {facts.module_of(provider.file)} import {provider.name}")
    edits: list[AnyEdit] = [add_import(wanted.file, text, each) for each in statements]
    # the annotation says it: where a parameter stands among others does not matter then
    edits += wrap_node(wanted.file, text, annotation, "Annotated[", f", Depends({provider.name})]")
    return Fix(f"take it from `{provider.name}`: `Depends({provider.name})`", Safety.SAFE, tuple(edits))
