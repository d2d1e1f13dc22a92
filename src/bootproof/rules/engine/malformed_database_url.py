"""What an engine is given is not the text of a URL, or has something around it

## What happens
SQLAlchemy expected a string and got another object (a secret, a URL of pydantic's, a method that was not
called); or the text is empty, in quotes, no URL at all, has a port that is no number, or ends in a line
break, and does not parse or names a database that nobody has.

## Why the server cannot start
SQLAlchemy takes a string or a URL of its own, and takes it as it stands. `docker run --env-file` and the
list form of a compose file keep quotes; a secret that is read from a file keeps its last line break.

## How to recognise it
SQLAlchemy's own parser refused the URL, and the type or the shape of what it was given is known (never its
value); or PostgreSQL says that there is no database of a name that ends in white space, and an own call
gives an engine a literal that does.

## How it is fixed
A secret says its value (`get_secret_value()`), a method is called, a URL of another library becomes a
string, a text that ends in white space is stripped. What a settings file keeps in quotes loses them there.
A value that comes from the environment alone a person corrects; trials use a stand-in.

## Fix safety
Safe: it is the URL that was meant. A placeholder where no file of the project holds it.

## References
https://docs.sqlalchemy.org/en/20/core/engines.html#database-urls,
https://docs.docker.com/reference/cli/docker/container/run/#env
"""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping

from bootproof.edits.making import edit
from bootproof.edits.python import wrap_node
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix
from bootproof.model.symptom import Failure, Symptom
from bootproof.model.words import Safety
from bootproof.rules.engine._urls import engine_calls, url_argument
from bootproof.rules.origins import Origin, effective, origins
from bootproof.rules.reading import dotted_name, text_of
from bootproof.rules.registry import finding
from bootproof.rules.settings._stand_ins import database_url

CODE = "BP510"
YIELDS_TO = ("BP304",)
_SHAPES = {"padded": "a URL that is padded", "quoted": "a URL that is quoted"}
_COMPLETE = re.compile(r"[\w+]+://.*[^:@/]|sqlite\S*", re.DOTALL)  # a default, not the head of something
_CALLED = ("builtins:function", "builtins:method")
_TEXTS = ("pydantic", "pydantic_core", "starlette", "yarl", "databases")  # whose objects `str` turns into their text


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The argument that is no URL, or the variable or literal that has something around it."""
    for failure in symptom.failures:
        refused = failure.is_a("sqlalchemy.exc.ArgumentError", "ValueError") and failure.frames[-1:]
        if refused and refused[0].module == "sqlalchemy.engine.url":
            found = list(_refused(failure, facts))
        else:
            found = list(_padded(facts)) if re.search(r'"[^"]*\s"', failure.message) and _no_database(failure) else []
        if found:
            yield found[0]
            return


def _no_database(failure: Failure) -> bool:
    return failure.facts.get("sqlstate") == "3D000" or failure.is_a("psycopg.OperationalError", "psycopg2.OperationalError")


def _refused(failure: Failure, facts: Facts) -> Iterator[Finding]:
    types, shapes = failure.facts.get("arguments"), failure.facts.get("texts")
    given = url_argument(facts, failure)
    if given is None or not isinstance(types, Mapping) or not isinstance(shapes, Mapping):
        return
    file, _, node = given
    kind = str(next(iter(types.values()), ""))
    if kind not in ("builtins:str", "builtins:NoneType"):
        name = kind.rpartition(":")[2]
        told = "a method that is not called" if kind in _CALLED else f"a `{name}`"
        cause = f"an engine is given {told} and not the text of a URL"
        key = dotted_name(node) or name
        yield finding(__name__, key, file=file, line=node.lineno, cause=cause, data={"node": node, "kind": kind})
        return
    shape = str(next(iter(next(iter(shapes.values()), [])), ""))
    if not shape:
        shape = "no URL of a database" if failure.is_a("sqlalchemy.exc.ArgumentError") else "a URL whose port is no number"
        found = _whole(facts, file, node)
    else:
        found = list(origins(facts, file, node))
    told = _SHAPES.get(shape, shape)
    for origin in found:
        value = effective(facts, origin.variables)
        what = origin.variables[0] if origin.variables else "the URL of the engine"
        yield finding(
            __name__,
            what if origin.variables else "url",
            file=value.file if value else origin.place,
            line=value.line if value else origin.line,
            cause=f"`{what}` is empty" if shape == "empty" else f"`{what}` holds {told}: it is taken as it stands",
            explanation="No file of the project sets it: the environment does." if value is None else "",
            data={"origin": origin, "value": value},
        )


def _whole(facts: Facts, file: str, node: ast.expr) -> list[Origin]:
    """The one variable that holds all of the URL, by a value that a file gives; none where it is put together of parts."""
    every = list(origins(facts, file, node))
    texts = [text_of(each.node) or "" for each in every if not each.variables]
    held = [each for each in every if effective(facts, each.variables)]
    apart = any(each.parts for each in every) or any(not _COMPLETE.fullmatch(text) for text in texts)
    return held if len(held) == 1 and not apart else []


def _padded(facts: Facts) -> Iterator[Finding]:
    for name in ("create_async_engine", "create_engine"):
        for file, call in engine_calls(facts, name):
            for origin in origins(facts, file, call.args[0] if call.args else None):
                text = text_of(origin.node)
                if text and not origin.parts and text != text.strip():
                    cause = "the URL of an engine ends in white space, which becomes part of its database's name"
                    where, line, node = origin.file, origin.line, origin.node
                    yield finding(__name__, "padded", file=where, line=line, cause=cause, data={"node": node, "kind": "padded"})


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """The text of the URL, or a stand-in."""
    node, kind, text = finding.data.get("node"), str(finding.data.get("kind")), facts.text(finding.file) or b""
    if isinstance(node, ast.expr):
        names = facts.ask("attributes", path=kind)
        if kind == "padded":
            before, after = "", ".strip()"
        elif kind in _CALLED:
            before, after = "", "()"
        elif isinstance(names, list) and "get_secret_value" in names:
            before, after = "", ".get_secret_value()"
        elif kind.partition(":")[0].partition(".")[0] in _TEXTS:
            before, after = "str(", ")"
        else:
            return None
        return Fix(f"give the engine `{before}…{after}`", Safety.SAFE, wrap_node(finding.file, text, node, before, after))
    value, origin = finding.data["value"], finding.data["origin"]
    start, end = getattr(value, "start", 0), getattr(value, "end", 0)
    held = text[start:end]
    bare = held.strip(b" \t\r\n\"'`")
    if bare and bare != held:
        clean = bare.decode("utf-8", "surrogateescape")
        return Fix("write it without what stands around it", Safety.SAFE, (edit(finding.file, text, start, end, clean),))
    variables = getattr(origin, "variables", ())
    stand_ins = {variables[0]: database_url(facts)} if variables else {}
    return Fix("set it to the URL alone", Safety.PLACEHOLDER, stand_ins=stand_ins) if stand_ins else None
