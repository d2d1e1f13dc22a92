"""What is known of database drivers, asked of the project's own SQLAlchemy: no table of drivers."""

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from bootproof.model.facts import Facts
from bootproof.model.project import Requirement
from bootproof.rules.dependencies._declaring import optionals, worded

_SCHEME = re.compile(r"\s*['\"]?([A-Za-z0-9]+)(?:\+([A-Za-z0-9_]+))?://")
_INI = re.compile(r"(?m)^\s*sqlalchemy\.url\s*=\s*(\S+://)")
# The oldest release with wheels for Python 3.12. A floor only: any newer one is taken.
_FLOORS: Mapping[str, str] = {"asyncpg": ">=0.29.0"}
# Connection arguments that only one driver knows, where a project passes them already.
_TELLING = {
    b"statement_cache_size": "asyncpg",
    b"prepared_statement_name_func": "asyncpg",
    b"prepare_threshold": "psycopg",
}


@dataclass(frozen=True)
class Driver:
    """One driver that SQLAlchemy ships a dialect for.

    `asynchronous`: `create_async_engine` takes it; `synchronous`: `create_engine` does. One of them takes both.
    """

    database: str
    name: str
    module: str
    asynchronous: bool
    synchronous: bool
    requirement: str  # as a dependency file would declare it
    distribution: str


def drivers(facts: Facts, database: str) -> tuple[Driver, ...]:
    """The drivers of one database, in SQLAlchemy's own order."""
    answered = cast("list[Mapping[str, Any]]", facts.ask("dialects", name=database) or [])
    extras = optionals(facts, "sqlalchemy")
    found = []
    for each in answered:
        module = str(each["module"])
        named = [one for one in extras if _plain(one.name) == _plain(module)]
        # of several extras the one that brings its own C library
        best = max(named, key=lambda one: (len(one.extras), -len(one.name)), default=None)
        requirement = worded(best) if best else module.replace("_", "-")
        distribution = best.name if best else module.lower().replace("_", "-")
        if ">=" not in requirement:
            requirement += _FLOORS.get(distribution, "")
        found.append(
            Driver(
                database,
                str(each["driver"]),
                module,
                bool(each.get("can_async")),
                not each.get("is_async"),
                requirement,
                distribution,
            )
        )
    return tuple(found)


def available(facts: Facts, driver: Driver) -> bool:
    """Whether the driver's module is installed and its distribution declared or brought along."""
    return bool(facts.providers(driver.module)) or facts.declared(driver.distribution) is not None


def declared_driver(facts: Facts, driver: Driver) -> Requirement | None:
    """The requirement that declares a driver, whatever its distribution is called."""
    for name in (*facts.providers(driver.module), driver.distribution):
        found = facts.declared(name)
        if found is not None:
            return found
    return None


def schemes(facts: Facts) -> frozenset[tuple[str, str]]:
    """Database and driver ("" for none) of every URL in the settings, the code, the migrations' ini."""
    return frozenset(_schemes(facts))


def _schemes(facts: Facts) -> Iterator[tuple[str, str]]:
    texts = [each.value for each in facts.project.settings]
    if facts.project.migrations:
        ini = facts.text(facts.project.migrations[0].ini) or b""
        texts += _INI.findall(ini.decode("utf-8", "replace"))
    for file in facts.files_with(b"://"):
        tree = facts.syntax(file)
        texts += (
            [each.value for each in ast.walk(tree) if isinstance(each, ast.Constant) and isinstance(each.value, str)]
            if tree
            else []
        )
    for text in texts:
        found = _SCHEME.match(text)
        if found and found[1].lower() not in ("http", "https"):
            yield ("postgresql" if found[1].lower() == "postgres" else found[1].lower()), found[2] or ""


def choose(facts: Facts, database: str, candidates: tuple[Driver, ...]) -> Driver:
    """One of the drivers, the same from every trial.

    Named by a URL first, then imported, then mentioned in the project's texts, then told by its arguments,
    then the one that needs the fewest edits.
    """
    named = {driver for base, driver in schemes(facts) if base == database}
    plain = str(facts.dialect(database).get("driver", ""))

    def cost(driver: Driver) -> tuple[bool, ...]:
        imported = is_imported(facts, driver)
        told = any(facts.files_with(word) for word, name in _TELLING.items() if name == driver.name)
        mentioned = any(not _is_requirement(facts, file) for file, _ in facts.mentions(driver.distribution))
        return (driver.name not in named, not imported, not mentioned, not told, driver.name != plain)

    return min(candidates, key=cost)


def is_imported(facts: Facts, driver: Driver) -> bool:
    """Whether an own file imports the driver's module."""
    return any(_imports(facts.syntax(file), driver.module) for file in facts.files_with(driver.module.encode()))


def _is_requirement(facts: Facts, file: str) -> bool:
    return any(each.path == file for each in facts.project.dependencies)


def _imports(tree: ast.Module | None, module: str) -> bool:
    return tree is not None and any(
        (isinstance(node, ast.Import) and any(alias.name.split(".")[0] == module for alias in node.names))
        or (isinstance(node, ast.ImportFrom) and not node.level and (node.module or "").split(".")[0] == module)
        for node in ast.walk(tree)
    )


def _plain(name: str) -> str:
    return re.sub(r"[-_.](binary|python)$", "", name.lower()).replace("-", "_").replace(".", "_")
