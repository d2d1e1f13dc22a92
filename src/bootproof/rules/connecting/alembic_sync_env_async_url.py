"""Alembic's `env.py` opens a synchronous engine with an asynchronous driver

## What happens
`alembic upgrade` raises `MissingGreenlet`.

## Why the server cannot start
`env.py` takes the application's URL (`postgresql+asyncpg://…`) and opens a synchronous engine with it. An
asynchronous driver waits on the event loop, and there is none. The migrations run before the server, so the
server is never reached.

## How to recognise it
`MissingGreenlet` was raised below `env.py`, at `with engine.connect() as connection:`.

## How it is fixed
`env.py` opens an asynchronous engine and runs the migrations with `connection.run_sync`, as Alembic's own
asynchronous template does. The body of the `with` stays as it is.

## Fix safety
Safe: the same migrations run over the same URL.

## References
https://alembic.sqlalchemy.org/en/latest/cookbook.html#using-asyncio-with-alembic
"""

import ast
from collections.abc import Iterable

from bootproof.edits.making import edit, indented
from bootproof.edits.python import drop_import, replace_node
from bootproof.edits.source import indentation, new_lines
from bootproof.model.edit import AnyEdit
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix, Rival
from bootproof.model.symptom import Symptom
from bootproof.model.words import Safety
from bootproof.rules.connecting._importing import asyncio_as, known_as
from bootproof.rules.registry import finding

CODE = "BP620"
MAKERS = {"engine_from_config": "async_engine_from_config", "create_engine": "create_async_engine"}


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The `with` of `env.py` that opened a synchronous connection."""
    scripts = {f"{each.scripts}/env.py".removeprefix("./") for each in facts.project.migrations}
    for failure in symptom.failures:
        frame = next((each for each in reversed(failure.frames) if each.own and each.file in scripts), None)
        if not failure.is_a("sqlalchemy.exc.MissingGreenlet") or frame is None or frame is not failure.own_frame:
            continue
        found = _connecting(facts, frame.file, frame.line)
        yield finding(
            __name__,
            "connect",
            file=frame.file,
            line=found[0].lineno if found else frame.line,
            data={"found": found},
            cause="`env.py` opens a synchronous engine, and the URL names an asynchronous driver",
            explanation="An asynchronous driver waits on the event loop; a synchronous engine has none.",
        )
        return


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """An asynchronous engine, on whose connection the migrations are run."""
    found = finding.data["found"]
    if not isinstance(found, tuple):
        return None
    statement, engine, made = found
    assert isinstance(statement, ast.With) and isinstance(engine, ast.Name) and isinstance(made, ast.Call)
    file, text = finding.file, facts.text(finding.file) or b""
    name = statement.items[0].optional_vars
    assert isinstance(name, ast.Name)
    start, end = facts.span(file, statement)
    inside = facts.span(file, statement.body[0])[0]
    indent = indentation(text, start)
    if b"#" in text[start:inside] or indent.strip(" "):
        return None  # a comment in the head would be lost; beside tabs the new lines would not fit
    word = ast.unparse(made.func).rpartition(".")[2]
    maker, imports = known_as(facts, file, "sqlalchemy.ext.asyncio", MAKERS[word])
    asyncio, more = asyncio_as(facts, file)
    code = (
        f"async def run_async_migrations() -> None:\n"
        f"    async with {engine.id}.connect() as {name.id}:\n"
        f"        await {name.id}.run_sync(do_run_migrations)\n"
        f"    await {engine.id}.dispose()\n\n"
        f"{asyncio}.run(run_async_migrations())"
    )
    place, lines = new_lines(text, end, "\n" + indented(code, indent))
    whole: tuple[AnyEdit, ...] = (
        *more,
        *imports,
        *_no_longer(facts, file, word),
        replace_node(file, text, made.func, maker),
        edit(
            file,
            text,
            start,
            text.rindex(b":", start, inside) + 1,
            f"def do_run_migrations({name.id}) -> None:",
        ),
        edit(file, text, place, place, lines),
    )
    return Fix(
        "run the migrations on an asynchronous engine with `run_sync`",
        Safety.SAFE,
        whole,
        rivals=(Rival("a URL with a synchronous driver for Alembic alone", "it needs psycopg beside asyncpg"),),
    )


def _no_longer(facts: Facts, file: str, word: str) -> tuple[AnyEdit, ...]:
    """The edit that drops the import of the synchronous maker, where the file uses it once."""
    tree = facts.syntax(file)
    used = [node for node in (ast.walk(tree) if tree else ()) if isinstance(node, ast.Name) and node.id == word]
    for node in tree.body if tree is not None and len(used) == 1 else ():
        if isinstance(node, ast.ImportFrom) and any(each.name == word and not each.asname for each in node.names):
            return (drop_import(file, facts.text(file) or b"", node, [word]),)
    return ()


def _connecting(facts: Facts, file: str, line: int) -> tuple[ast.With, ast.Name, ast.Call] | None:
    """`with engine.connect() as connection:` over the line, and the call that made the engine beside it."""
    tree = facts.syntax(file)
    for node in ast.walk(tree) if tree is not None else ():
        if not isinstance(node, ast.With) or len(node.items) != 1 or node.lineno != line:
            continue
        call, bound = node.items[0].context_expr, node.items[0].optional_vars
        if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "connect"):
            continue
        engine = call.func.value
        if not isinstance(engine, ast.Name) or not isinstance(bound, ast.Name) or call.args or call.keywords:
            continue
        made = [
            each.value
            for each in (ast.walk(tree) if tree else ())
            if isinstance(each, ast.Assign)
            and isinstance(each.value, ast.Call)
            and each.lineno < node.lineno
            and any(isinstance(to, ast.Name) and to.id == engine.id for to in each.targets)
            and ast.unparse(each.value.func).rpartition(".")[2] in MAKERS
        ]
        if made:
            return node, engine, made[-1]
    return None
