"""Alembic environments, and whether something else makes the tables."""

import configparser
from collections.abc import Iterable

from bootproof.model.project import Migrations
from bootproof.project.layout import join
from bootproof.project.platforms import read_toml, table
from bootproof.project.sources import Sources


def read_migrations(sources: Sources) -> tuple[Migrations, ...]:
    """Every Alembic environment: `alembic.ini` (under any name that has an [alembic] section),
    `pyproject.toml`.
    """
    found: list[Migrations] = []
    for file in sources.files():
        name = file.rpartition("/")[2]
        folder = file.rpartition("/")[0] or "."
        location: object = None
        if name == "pyproject.toml" and b"[tool.alembic]" in (sources.text(file) or b""):
            location = table(table(read_toml(sources, file), "tool"), "alembic").get("script_location")
        elif name.endswith(".ini") and b"[alembic]" in (sources.text(file) or b""):
            parser = configparser.RawConfigParser(strict=False)
            try:
                parser.read_string(sources.decoded(file) or "")
            except configparser.Error as error:
                sources.refuse(
                    file, f"is not an ini file: {str(error).splitlines()[0]}", getattr(error, "lineno", None)
                )
                continue
            location = parser.get("alembic", "script_location", fallback=None)
        if isinstance(location, str):
            found.append(Migrations(file, _scripts(sources, folder, location)))
    return tuple(found)


def makes_tables(sources: Sources, files: Iterable[str] | None = None) -> bool:
    """Whether own code outside migrations (of these files, where they are named) creates its tables itself."""
    made = (b"create_all", b"generate_schemas", b"create_db_and_tables", b"command.upgrade(")
    return bool(sources.holding(made, files))


def _scripts(sources: Sources, folder: str, location: str) -> str:
    location = location.strip().strip("'\"")
    for here in ("%(here)s", "%%(here)s"):
        location = location.removeprefix(here).lstrip("/")
    if ":" in location:  # `package:folder`
        package, _, inside = location.partition(":")
        location = f"{package.replace('.', '/')}/{inside}"
    place = join(folder, location)
    if not sources.exists(join(place, "env.py")):
        for above in (".", join(folder, "src")):
            if sources.exists(join(above, location, "env.py")):
                return join(above, location)
    return place
