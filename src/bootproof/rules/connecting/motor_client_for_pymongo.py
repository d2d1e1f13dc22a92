"""A client of Motor's is given to a library that works with PyMongo's own

## What happens
`TypeError` where the library uses the database: an object of Motor's is not callable.

## Why the server cannot start
Motor makes an attribute for every name that it does not know, so a method of PyMongo's that it lacks becomes a database or
a collection. A library that has gone over to PyMongo's asynchronous client calls such methods.

## How to recognise it
Motor raised because one of its objects was called, and the caller is a library whose own requirements name PyMongo and not
Motor.

## How it is fixed
A person makes the client with PyMongo: `AsyncMongoClient`. No MongoDB is here to rehearse that against.

## Fix safety
There is no fix: most of it is called alike, but PyMongo's `aggregate` and `close` are awaited, and Motor's are not.

## References
https://www.mongodb.com/docs/languages/python/pymongo-driver/current/reference/migration/
"""

import ast
from collections.abc import Iterable

from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix, Location
from bootproof.model.symptom import Symptom
from bootproof.model.words import Safety
from bootproof.rules.dependencies._declaring import requires
from bootproof.rules.registry import finding

CODE = "BP624"
CLIENT = "AsyncIOMotorClient"


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """Each import of Motor's client."""
    for failure in symptom.failures:
        frames = failure.frames
        if len(frames) < 2 or frames[-1].module.partition(".")[0] != "motor" or frames[-1].function != "__call__":
            continue
        library = next(iter(facts.providers(frames[-2].module)), "")
        wanted = {str(parsed.name) for parsed, extra in requires(facts, library) if not extra} if library else set()
        if frames[-2].own or "pymongo" not in wanted or "motor" in wanted:
            continue
        used = failure.own_frame
        for file in facts.files_with(b"motor"):
            tree = facts.syntax(file)
            for node in ast.walk(tree) if tree else ():
                names = [each.name for each in node.names] if isinstance(node, ast.ImportFrom) else []
                if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("motor") and CLIENT in names:
                    yield finding(
                        __name__, "client", file=file, line=node.lineno,
                        cause=f"`{library}` works with PyMongo's asynchronous client, and is given one of Motor's",
                        related=(Location(used.file, used.line, note="given here"),) if used else (),
                    )  # fmt: skip
        return


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """What a person writes; none is made."""
    return Fix("make the client with PyMongo: `from pymongo import AsyncMongoClient`", Safety.PLACEHOLDER)
