"""SQLAlchemy's URL is given to the driver itself

## What happens
`asyncpg.create_pool("postgresql+asyncpg://…")` raises that the scheme of the DSN is not the expected one;
psycopg says that something is missing in the connection string.

## Why the server cannot start
`+asyncpg` is SQLAlchemy's way to choose a driver. The driver itself knows `postgresql://` and `postgres://`
alone.

## How to recognise it
A driver refused what it was given before it connected, below a call of the project's own, and an argument
of that call is followed back to a URL whose scheme names a driver.

## How it is fixed
A URL in the call loses the `+…`; one that comes from elsewhere, where SQLAlchemy may need it, loses it in
the call: `url.replace("+asyncpg", "", 1)`.

## Fix safety
Safe: the same server is asked in the same way.

## References
https://docs.sqlalchemy.org/en/20/core/engines.html#database-urls,
https://magicstack.github.io/asyncpg/current/api/index.html (`dsn`)
"""

import ast
import re
from collections.abc import Iterable, Iterator

from bootproof.edits.making import edit
from bootproof.edits.python import wrap_node
from bootproof.model.edit import AnyEdit
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix
from bootproof.model.symptom import Symptom
from bootproof.model.words import Safety
from bootproof.rules.connecting._code import source
from bootproof.rules.origins import Origin, effective, origins
from bootproof.rules.reading import outside, text_of
from bootproof.rules.registry import finding

CODE = "BP605"
SCHEME = re.compile(r"[a-z]+(\+\w+)://")


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The argument that is SQLAlchemy's URL."""
    for failure in symptom.failures:
        frame = failure.own_frame
        driver = failure.frames[-1].module.partition(".")[0] if frame is not None else ""
        if frame is None or failure.frames[-1].own or failure.facts.get("sqlstate"):
            continue
        if any(each.module.startswith("sqlalchemy.") for each in failure.frames[failure.frames.index(frame) :]):
            continue
        for file, call, argument, origin, suffix in _given(driver, facts):
            what = source(facts, file, call.func)
            yield finding(
                __name__,
                f"{what}:{origin.variables[0] if origin.variables else suffix}",
                file=file,
                line=argument.lineno,
                end_line=argument.end_lineno,
                data={"argument": argument, "origin": origin, "suffix": suffix},
                cause=f"`{what}` is given a URL with `{suffix}`, which is for SQLAlchemy: {driver} knows no such scheme",
                explanation="The part behind `+` chooses SQLAlchemy's driver.",
            )
            return


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """The URL without the driver's name."""
    argument, origin, suffix = finding.data["argument"], finding.data["origin"], str(finding.data["suffix"])
    assert isinstance(argument, ast.expr) and isinstance(origin, Origin)
    file, text = finding.file, facts.text(finding.file) or b""
    start, end = facts.span(file, argument)
    written = text.find(f"{suffix}://".encode(), start, end)
    edits: tuple[AnyEdit, ...]
    if written >= 0:
        edits = (edit(file, text, written, written + len(suffix), ""),)
    else:
        typed = origin.field.annotation if origin.field else ""
        plain = isinstance(argument, ast.Name | ast.Attribute | ast.Subscript | ast.Call)
        head = "str(" if re.search(r"Dsn|Url|URL", typed) else "" if plain else "("
        edits = wrap_node(file, text, argument, head, f'{")" if head else ""}.replace("{suffix}", "", 1)')
    return Fix(f"give the driver the URL without `{suffix}`", Safety.SAFE, edits)


def _given(driver: str, facts: Facts) -> Iterator[tuple[str, ast.Call, ast.expr, Origin, str]]:
    """The calls of the driver's own functions, each with the argument that is such a URL."""
    for file in facts.files_with(driver.encode()) if driver else ():
        tree = facts.syntax(file) if file in facts.reachable() else None
        for node in ast.walk(tree) if tree is not None else ():
            if not isinstance(node, ast.Call) or outside(facts, file, node.func).partition(".")[0] != driver:
                continue
            for argument in (*node.args, *(each.value for each in node.keywords)):
                for origin in origins(facts, file, argument):
                    value = effective(facts, origin.variables) if origin.variables else None
                    found = SCHEME.match(value.value if value is not None else text_of(origin.node) or "")
                    if found is not None and _is_driver(driver, found[1], facts):
                        yield file, node, argument, origin, found[1]
                        break


def _is_driver(module: str, suffix: str, facts: Facts) -> bool:
    """Whether a module is a driver, which SQLAlchemy's URLs can name, and no library that reads them itself."""
    known = facts.ask("dialects", name="postgresql")
    named = {str(each["driver"]) for each in known} if isinstance(known, list) else set()
    return suffix == f"+{module}" or module in named
