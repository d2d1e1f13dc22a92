"""Whether a document is a report: by the published schema, quickly where it is one, precisely where it is none.

The schema is compiled once into pydantic's core, which parses a report of 200 kB and says yes to it within two milliseconds
where `jsonschema` takes a hundred times as long: its yes is the document. Its no is not believed: what it refuses is asked of
`jsonschema`, which names the places. Every keyword that the schema uses is known here; another one is an error when the
server starts, not a hole.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from itertools import islice
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from pydantic_core import CoreSchema, SchemaValidator, core_schema
from pydantic_core import ValidationError as Refused

from bootproof.model.masking import mask
from bootproof.report.json import schema

MOST = 20  # problems that are told
_LONGEST = 300  # characters of one: jsonschema repeats the value, whatever its size
_SILENT = {"$schema", "$id", "$defs", "title", "description"}
_KNOWN = {
    "object": {"type", "properties", "required", "additionalProperties"},
    "array": {"type", "items"},
    "string": {"type", "pattern"},
    "integer": {"type", "minimum", "maximum"},
    "number": {"type", "minimum"},
    "boolean": {"type"},
    "null": {"type"},
}


@dataclass(frozen=True)
class Problem:
    """What is wrong at one place of a document; `pointer` is a JSON Pointer (RFC 6901), "" for the whole."""

    pointer: str
    said: str


def quickly(raw: bytes) -> Any:
    """The document of a JSON text that surely is a report; None for one that has to be looked at."""
    try:
        return _quick().validate_json(raw)  # parsed and checked in one go: a fifth quicker, and one copy of it less
    except Refused:
        return None


def problems(document: object) -> list[Problem]:
    """What keeps a document from being a report: at most `MOST`, none where it is one."""
    return [_told(each) for each in islice(_precise().iter_errors(document), MOST)]


def inlined() -> dict[str, Any]:
    """The report's schema without references, for a place where `#/$defs` would mean another document's."""
    whole: dict[str, Any] = schema()
    found: dict[str, Any] = _without_references(whole, whole["$defs"])
    return {key: each for key, each in found.items() if key not in ("$defs", "$schema", "$id")}


@cache
def _precise() -> Draft202012Validator:
    return Draft202012Validator(schema())


@cache
def _quick() -> SchemaValidator:
    return SchemaValidator(compiled(inlined()))


def compiled(node: Mapping[str, Any]) -> CoreSchema:
    """A schema without references for pydantic's core. Raises ValueError for a keyword that is not known here."""
    used = set(node) - _SILENT
    if used == {"const"}:
        return core_schema.literal_schema([node["const"]])
    if used == {"enum"}:
        return core_schema.literal_schema(list(node["enum"]))
    if used in ({"anyOf"}, {"oneOf"}):  # the alternatives of the only oneOf differ in a constant: never do two hold
        return core_schema.union_schema([compiled(each) for each in node.get("anyOf") or node["oneOf"]], mode="left_to_right")
    kinds = node.get("type")
    if isinstance(kinds, list):
        return core_schema.union_schema([compiled(_narrowed(node, each)) for each in kinds], mode="left_to_right")
    if kinds not in _KNOWN or not used <= _KNOWN[kinds]:
        raise ValueError(f"the report's schema uses what is not compiled: {sorted(used)} of {kinds}")
    return _typed(kinds, node)


def _narrowed(node: Mapping[str, Any], kind: str) -> dict[str, Any]:
    """The part of a schema that is about one of its types: a keyword says nothing of values of another type."""
    return {"type": kind} | {key: each for key, each in node.items() if key in _KNOWN[kind] - {"type"}}


def _typed(kind: str, node: Mapping[str, Any]) -> CoreSchema:
    match kind:
        case "object":
            required = set(node.get("required", ()))
            fields = {
                name: core_schema.typed_dict_field(compiled(each), required=name in required)
                for name, each in node.get("properties", {}).items()
            }
            closed = node.get("additionalProperties", True) is False
            return core_schema.typed_dict_schema(fields, strict=True, extra_behavior="forbid" if closed else "allow")
        case "array":
            # The first thing that is wrong is enough: to gather what is wrong with a million items takes minutes and gigabytes.
            return core_schema.list_schema(compiled(node["items"]), strict=True, fail_fast=True)
        case "string":
            return core_schema.str_schema(strict=True, pattern=node.get("pattern"))
        case "integer":
            return core_schema.int_schema(strict=True, ge=node.get("minimum"), le=node.get("maximum"))
        case "number":
            whole = core_schema.int_schema(strict=True, ge=node.get("minimum"))  # stays what it was
            return core_schema.union_schema(
                [whole, core_schema.float_schema(strict=True, ge=node.get("minimum"), allow_inf_nan=False)], mode="left_to_right"
            )
        case "boolean":
            return core_schema.bool_schema(strict=True)
        case _:
            return core_schema.none_schema()


def _without_references(node: Any, named: Mapping[str, Any]) -> Any:
    if isinstance(node, list):
        return [_without_references(each, named) for each in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        return _without_references(named[node["$ref"].removeprefix("#/$defs/")], named)
    return {key: _without_references(each, named) for key, each in node.items()}


def _told(error: ValidationError) -> Problem:
    while error.context:  # of the alternatives, the one that failed furthest inside is what was meant
        error = max(error.context, key=lambda each: len(each.absolute_path))
    parts = (str(each).replace("~", "~0").replace("/", "~1") for each in error.absolute_path)
    said = mask(error.message[: 4 * _LONGEST])
    return Problem("".join(f"/{each}" for each in parts), said if len(said) <= _LONGEST else said[:_LONGEST] + "…")
