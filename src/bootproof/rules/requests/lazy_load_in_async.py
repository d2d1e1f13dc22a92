"""A relationship is loaded lazily outside of SQLAlchemy's asynchronous session

## What happens
`user.posts`, or a response model that reads it, raises `MissingGreenlet`; as a response it shows as
`ResponseValidationError`.

## Why the server cannot start
The server starts; the request answers 500. A relationship that the query did not load is loaded on first
access, with a query of its own. On an asynchronous session that needs an `await`, which an attribute cannot
do.

## How to recognise it
`MissingGreenlet` was raised below the project's own line that reads a relationship, or pydantic could not
read an attribute that is a relationship of an own class.

## How it is fixed
The query loads the relationship: `select(User).options(selectinload(User.posts))`. Where the query is not
in the function that reads, the relationship itself says `lazy="selectin"`.

## Fix safety
Safe at the query: the same objects come back, with the relationship. Unsafe on the relationship: every
query for that class then loads it.

## References
https://docs.sqlalchemy.org/en/20/orm/extensions/asyncio.html#preventing-implicit-io-when-using-asyncsession
"""

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bootproof.edits.making import edit
from bootproof.edits.python import add_argument
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix, Location
from bootproof.model.symptom import Symptom
from bootproof.model.words import Safety
from bootproof.rules.connecting._code import Function, called, function_at, nodes_at
from bootproof.rules.connecting._importing import known_as
from bootproof.rules.registry import finding
from bootproof.rules.requests._handlers import handler_of

CODE = "BP801"


@dataclass(frozen=True)
class Relation:
    """A relationship as an own class declares it."""

    owner: str
    name: str
    file: str
    call: ast.Call


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The relationship that was read, at the query that did not load it."""
    for relation, function, file in _read(symptom, facts):
        query = _query(function, relation.owner) if function is not None else None
        line = query.lineno if query is not None else relation.call.lineno
        yield finding(
            __name__,
            f"{relation.owner}.{relation.name}",
            file=file if query is not None else relation.file,
            line=line,
            data={"relation": relation, "query": query},
            cause=f"`{relation.owner}.{relation.name}` is loaded lazily, which an async session cannot do",
            explanation="What the query does not load is loaded on first access; an attribute cannot await. "
            + symptom.note,
            related=(Location(relation.file, relation.call.lineno, note="the relationship"),),
        )
        return


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """The query loads the relationship, else the relationship loads itself."""
    relation, query = finding.data["relation"], finding.data["query"]
    assert isinstance(relation, Relation)
    text = facts.text(finding.file) or b""
    if isinstance(query, ast.Call):
        name, imports = known_as(facts, finding.file, "sqlalchemy.orm", "selectinload")
        end = facts.span(finding.file, query)[1]
        owner = ast.unparse(query.args[0])
        option = edit(finding.file, text, end, end, f".options({name}({owner}.{relation.name}))")
        return Fix(f"load `{relation.name}` with the query", Safety.SAFE, (*imports, option))
    if any(key.arg == "lazy" for key in relation.call.keywords):
        return None
    if called(relation.call) == "Relationship":  # SQLModel passes SQLAlchemy's arguments on
        if any(key.arg == "sa_relationship_kwargs" for key in relation.call.keywords):
            return None
        new = add_argument(
            finding.file, text, relation.call, "sa_relationship_kwargs", '{"lazy": "selectin"}'
        )
    else:
        new = add_argument(finding.file, text, relation.call, "lazy", '"selectin"')
    return Fix(
        f"load `{relation.name}` with every query of `{relation.owner}`",
        Safety.UNSAFE,
        (new,),
        loses="one more query wherever the class is loaded, needed or not",
    )


def _read(symptom: Symptom, facts: Facts) -> Iterator[tuple[Relation, Function | None, str]]:
    """The relationship that was read, and the function that is likely to hold the query."""
    for failure in symptom.failures:
        frame = failure.own_frame
        if failure.is_a("sqlalchemy.exc.MissingGreenlet") and frame is not None:
            names = {node.attr for node in nodes_at(facts, frame) if isinstance(node, ast.Attribute)}
            for relation in _relations(facts):
                if relation.name in names:
                    yield relation, function_at(facts, frame.file, frame.line), frame.file
        errors = failure.facts.get("errors")
        for each in errors if isinstance(errors, list) else ():
            if not isinstance(each, dict) or each.get("type") != "get_attribute_error" or not each.get("loc"):
                continue
            name, owner = str(each["loc"][-1]), str(each.get("input_type", ""))
            for relation in _relations(facts):
                if relation.name == name and relation.owner == owner:
                    # the frames of a response hold no own function: the route tells it
                    route = handler_of(symptom, facts)
                    yield (relation, route[1], route[0]) if route else (relation, None, relation.file)


def _query(function: Function, owner: str) -> ast.Call | None:
    """`select(User)` in the function, where nothing gives it options yet."""
    found = None
    for node in ast.walk(function):
        if isinstance(node, ast.Attribute) and node.attr == "options":
            return None
        is_select = isinstance(node, ast.Call) and called(node) == "select" and len(node.args) == 1
        if is_select and isinstance(node, ast.Call) and ast.unparse(node.args[0]).rpartition(".")[2] == owner:
            found = node
    return found


def _relations(facts: Facts) -> Iterator[Relation]:
    for file in facts.python_files():
        if not re.search(rb"\b[rR]elationship\s*\(", facts.text(file) or b""):
            continue
        tree = facts.syntax(file)
        for node in ast.walk(tree) if tree is not None else ():
            if not isinstance(node, ast.ClassDef):
                continue
            for each in node.body:
                target = each.targets[0] if isinstance(each, ast.Assign) else getattr(each, "target", None)
                value = getattr(each, "value", None)
                if (
                    isinstance(target, ast.Name)
                    and isinstance(value, ast.Call)
                    and called(value).lower() == "relationship"
                ):
                    yield Relation(node.name, target.id, file, value)
