"""An engine is given an argument that it does not take

## What happens
`create_engine` or `create_async_engine` raises `TypeError: Invalid argument(s)`, or says that a pool class
cannot be used with asyncio.

## Why the server cannot start
`create_engine` hands its keywords to the pool, the dialect and the engine. What none of them takes is
refused: the size of a pool where there is none (`NullPool`, SQLite), a parameter of the driver's, which
belongs into `connect_args`, an option of SQLAlchemy 1. An asynchronous engine needs a pool that does not
block the event loop.

## How to recognise it
SQLAlchemy's `create_engine` itself raised, and the own call passes the keyword. Whether the driver or a pool
takes it is asked of the installed ones.

## How it is fixed
A keyword of the driver's goes into `connect_args`; one that asks for TLS is never dropped. A pool's option
is dropped where the engine's pool has no such thing. A pool class is replaced by its asynchronous form.
Options of SQLAlchemy 1 that change nothing any more are dropped.

## Fix safety
Safe in these cases: nothing is given up that the engine could have had. Unsafe for a keyword that bootproof
does not know: what it asked for is dropped.

## References
https://docs.sqlalchemy.org/en/20/core/engines.html#sqlalchemy.create_engine,
https://docs.sqlalchemy.org/en/20/errors.html#pool-class-cannot-be-used-with-asyncio-engine-or-vice-versa
"""

import ast
import re
from collections.abc import Iterable

from bootproof.edits.calls import add_argument
from bootproof.edits.making import edit
from bootproof.edits.python import replace_node, wrap_node
from bootproof.model.edit import AnyEdit
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix
from bootproof.model.symptom import Failure, Symptom
from bootproof.model.words import Safety
from bootproof.rules.arguments import Argument, passed, refused_arguments
from bootproof.rules.connecting._importing import known_as, used_no_more
from bootproof.rules.engine._urls import makes_async_engine, url_argument, urls
from bootproof.rules.reading import keyword, outside, text_of
from bootproof.rules.registry import finding

CODE = "BP511"
# Text is Unicode since Python 3 and plain SQLAlchemy 2: these asked for what is so in any case.
_IDLE = frozenset({"encoding", "convert_unicode", "case_sensitive", "future"})
_POOLS = "sqlalchemy.pool"


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """One finding for each keyword that was refused."""
    for failure in symptom.failures:
        if not failure.frames or failure.frames[-1].module != "sqlalchemy.engine.create":
            continue
        arguments = _pool_class(facts, failure) if failure.facts.get("code") == "pcls" else refused_arguments(facts, failure)
        driver = next((str(facts.dialect(each.scheme).get("module", "")) for each in urls(facts, failure)), "")
        for each in arguments:
            cause = f"an engine does not take `{each.name}` with its pool and its driver"
            if each.name == "poolclass":
                cause = "an asynchronous engine is given a pool class that blocks"
            yield finding(
                __name__,
                each.name,
                file=each.file,
                line=each.line,
                cause=cause,
                data={"argument": each, "driver": driver, "async": makes_async_engine(failure)},
            )
        if arguments:
            return


def _pool_class(facts: Facts, failure: Failure) -> tuple[Argument, ...]:
    given = url_argument(facts, failure)
    file, call = given[:2] if given else ("", None)
    found = passed(facts, file, call) if call is not None else ()
    return tuple(
        Argument(holder or file, call, name, node, value, None)
        for name, node, value, holder in found
        if name == "poolclass" and call is not None
    )


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """The keyword where it belongs, or the engine without it."""
    argument, driver = finding.data["argument"], str(finding.data["driver"])
    assert isinstance(argument, Argument)
    name, text = argument.name, facts.text(argument.file) or b""
    if name == "poolclass":
        return _asynchronous_pool(argument, facts)
    of_pool = {each.name for each in facts.accepts(f"{_POOLS}:QueuePool") or ()}
    idle = name in _IDLE or name in of_pool or name.removeprefix("pool_") in of_pool
    accepted = facts.accepts(f"{driver}:connect") or ()
    if any(each.name == name or (each.kind == "VAR_KEYWORD" and not idle) for each in accepted):
        made = _into_connect_args(argument, text, facts)
        return Fix(f"hand `{name}` to the driver in `connect_args`", Safety.SAFE, made) if made else None
    if not idle and re.search("ssl|tls|binding", name):
        return None  # the connection's protection is never dropped
    return Fix(
        f"drop `{name}`" + (", which this engine's pool has not" if idle and name not in _IDLE else ""),
        Safety.SAFE if idle else Safety.UNSAFE,
        (argument.dropped(facts),),
        loses="" if idle else f"what `{name}` asks for: neither SQLAlchemy nor the driver knows it",
    )


def _asynchronous_pool(argument: Argument, facts: Facts) -> Fix | None:
    name = "AsyncAdapted" + outside(facts, argument.file, argument.value).rpartition(".")[2]
    if name not in (facts.exports(_POOLS) or ()):
        return Fix("let SQLAlchemy choose the pool", Safety.UNSAFE, (argument.dropped(facts),), loses="that pool class")
    bound, imports = known_as(facts, argument.file, _POOLS, name)
    text = facts.text(argument.file) or b""
    swapped = replace_node(argument.file, text, argument.value, bound)
    dropped = used_no_more(facts, argument.file, argument.value)
    return Fix(f"use `{name}`, the same pool for asyncio", Safety.SAFE, (*imports, *dropped, swapped))


def _into_connect_args(argument: Argument, text: bytes, facts: Facts) -> tuple[AnyEdit, ...] | None:
    if isinstance(argument.node, ast.Constant):  # an entry of a dictionary that is handed on
        tree = facts.syntax(argument.file)
        held_in = [each for each in ast.walk(tree) if isinstance(each, ast.Dict) and argument.node in each.keys] if tree else []
        beside = [text_of(key) for each in held_in for key in each.keys]
        if "connect_args" in beside or keyword(argument.call, "connect_args") is not None:
            return None
        return argument.renamed(facts, "connect_args"), *wrap_node(
            argument.file, text, argument.value, f'{{"{argument.name}": ', "}"
        )
    start, end = facts.span(argument.file, argument.value)
    entry = f'"{argument.name}": {text[start:end].decode("utf-8", "surrogateescape")}'
    held = keyword(argument.call, "connect_args")
    if held is None:
        return argument.dropped(facts), add_argument(argument.file, text, argument.call, "connect_args", "{" + entry + "}")
    if not isinstance(held, ast.Dict):
        return None
    place = facts.span(argument.file, held)[0] + 1
    return argument.dropped(facts), edit(argument.file, text, place, place, entry + (", " if held.keys else ""))
