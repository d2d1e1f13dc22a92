"""Alembic's ini file still holds the URL of the template

## What happens
`alembic upgrade` raises `NoSuchModuleError`: there is no dialect `driver`.

## Why the server cannot start
`alembic init` writes `sqlalchemy.url = driver://user:pass@localhost/dbname`, to be replaced. `env.py` opens
its engine with it, and the migrations run before the server.

## How to recognise it
SQLAlchemy found no dialect, below `env.py`, and the scheme of `sqlalchemy.url` in the ini file names a
database that the installed SQLAlchemy does not know.

## How it is fixed
Where the project makes one engine at module level, `env.py` takes the URL from that engine, so that both
reach the same database. Else a person writes the URL.

## Fix safety
Safe: the application's own database is migrated.

## References
https://alembic.sqlalchemy.org/en/latest/tutorial.html#editing-the-ini-file
"""

import ast
from collections.abc import Iterable, Iterator

from bootproof.edits.ini import option
from bootproof.edits.python import insert_statement_after
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix
from bootproof.model.symptom import Symptom
from bootproof.model.words import Safety
from bootproof.rules.connecting._alembic import env_of
from bootproof.rules.connecting._importing import importing
from bootproof.rules.reading import assigned, dotted_name, outside, top_level
from bootproof.rules.registry import finding

CODE = "BP661"
MAKERS = frozenset({"create_engine", "create_async_engine"})


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The option that holds no URL of a database."""
    if not any(each.is_a("sqlalchemy.exc.NoSuchModuleError") for each in symptom.failures):
        return
    for each in facts.project.migrations:
        told = option(facts.text(each.ini) or b"", "alembic", "sqlalchemy.url")
        scheme = told.value.partition("://")[0] if told is not None else ""
        database = scheme.partition("+")[0]
        frames = [frame.file for failure in symptom.failures for frame in failure.frames if frame.own]
        # a name that SQLAlchemy once had for a database is another fault
        if told is None or env_of(each) not in frames or "error" not in facts.dialect(database) or database == "postgres":
            continue
        yield finding(
            __name__,
            "url",
            file=each.ini,
            line=told.line,
            data={"env": env_of(each)},
            cause=f"`sqlalchemy.url` names no database: `{scheme}://` is what `alembic init` writes, to be replaced",
            explanation="`env.py` opens its engine with it.",
        )
        return


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """The URL of the application's own engine, set in `env.py`."""
    env, engines = str(finding.data["env"]), list(_engines(facts))
    tree, text = facts.syntax(env), facts.text(env) or b""
    if tree is None or len(engines) != 1:
        return None
    module, name = engines[0]
    for node in tree.body:
        config = next((to for to, value in assigned(node) if dotted_name(value).endswith("context.config")), None)
        if config is not None:
            url = f'{name}.url.render_as_string(hide_password=False).replace("%", "%%")'
            code = f'{config}.set_main_option("sqlalchemy.url", {url})'
            edits = (
                importing(facts, env, f"from {module} import {name}"),
                insert_statement_after(env, text, node, code),
            )
            return Fix(f"take the URL of `{module}.{name}`", Safety.SAFE, edits)
    return None


def _engines(facts: Facts) -> Iterator[tuple[str, str]]:
    """The engines that own modules make when they are imported: module and name."""
    scripts = tuple(f"{each.scripts}/".removeprefix("./") for each in facts.project.migrations)
    for file in facts.files_with(b"_engine"):
        tree = facts.syntax(file)
        if tree is None or file.startswith(scripts) or file not in facts.reachable():
            continue
        for node in top_level(tree.body):
            for name, value in assigned(node):
                called = outside(facts, file, value.func) if isinstance(value, ast.Call) else ""
                if called.startswith(("sqlalchemy.", "sqlmodel.")) and called.rpartition(".")[2] in MAKERS:
                    yield facts.module_of(file), name
