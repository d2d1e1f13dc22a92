"""The models of a project, as its source declares them: classes, their tables, where they are imported."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from bootproof.edits.python import add_import
from bootproof.model.edit import AnyEdit
from bootproof.model.facts import Facts
from bootproof.rules.reading import DEPTH, assigned, meaning, outside, text_of


@dataclass(frozen=True)
class Model:
    """A class that has a table. `table` is its name as the source gives it."""

    file: str
    node: ast.ClassDef
    table: str

    @property
    def name(self) -> str:
        """The class's name."""
        return self.node.name


def models(facts: Facts) -> Iterator[Model]:
    """The models that a start may make: not those of modules that nothing imports."""
    return (each for each in all_models(facts) if each.file in facts.project.code)


def all_models(facts: Facts) -> Iterator[Model]:
    """Every model of the project: classes with a `__tablename__`, and SQLModel's with `table=True`."""
    for file in dict.fromkeys((*facts.files_with(b"__tablename__"), *facts.files_with(b"table=True"))):
        tree = facts.syntax(file)
        for node in ast.walk(tree) if tree else ():
            if not isinstance(node, ast.ClassDef):
                continue
            named = [text_of(value) for each in node.body for name, value in assigned(each) if name == "__tablename__"]
            by_option = any(
                each.arg == "table" and isinstance(each.value, ast.Constant) and each.value.value
                for each in node.keywords
            )
            if named and named[0]:
                yield Model(file, node, named[0])
            elif by_option:
                yield Model(file, node, node.name.lower())


@dataclass(frozen=True)
class Base:
    """What models derive from: an own class or name (`file`, `name`), or SQLModel (no file). One has one `MetaData`."""

    file: str
    name: str
    node: ast.ClassDef | None = None


def base_of(facts: Facts, file: str, node: ast.ClassDef, depth: int = 0) -> Base | None:
    """The declarative base of a class, None where the source does not say."""
    for each in node.bases if depth < DEPTH else ():
        found = meaning(facts, file, each)
        if found is None:
            continue
        if found.last in ("DeclarativeBase", "DeclarativeBaseNoMeta") and found.outside:
            return Base(file, node.name, node)
        if found.outside.startswith("sqlmodel.") and found.last == "SQLModel":
            return Base("", "SQLModel")
        if isinstance(found.node, ast.Call) and outside(facts, found.file, found.node.func).endswith("declarative_base"):
            return Base(found.file, found.name)
        above = base_of(facts, found.file, found.node, depth + 1) if isinstance(found.node, ast.ClassDef) else None
        if above is not None:
            return above
    return None


def tables(facts: Facts) -> Iterator[tuple[str, str, str]]:
    """Every own `Table("name", …)` that a module keeps: its file, the name that keeps it, the table's name."""
    for file in facts.files_with(b"Table("):
        tree = facts.syntax(file)
        for statement in tree.body if tree else ():
            for name, value in assigned(statement):
                given = text_of(value.args[0]) if isinstance(value, ast.Call) and value.args else None
                if isinstance(value, ast.Call) and given and outside(facts, file, value.func).endswith("Table"):
                    yield file, name, given


def imported_with_models(facts: Facts, file: str, name: str, beside: str) -> tuple[AnyEdit, ...]:
    """The edit that imports a model where the project loads its models; none where it would be no use.

    `beside` is a file of models that is loaded: its package's `__init__` where that imports models, else the
    first file that imports it for the application, else the target.
    """
    target = facts.project.target
    package = beside.rpartition("/")[0] + "/__init__.py" if "/" in beside else ""
    holders = [package] if package and _imports_models(facts, package) else []
    holders += [target.file] if target else []
    for holder in holders:
        text = facts.text(holder)
        if text is None or holder == file:
            continue
        return (add_import(holder, text, f"from {facts.module_of(file)} import {name}  # noqa: F401"),)
    return ()


def _imports_models(facts: Facts, file: str) -> bool:
    tree = facts.syntax(file)
    for node in tree.body if tree else ():
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                found = meaning(facts, file, ast.Name(alias.asname or alias.name))
                if found is not None and found.file and found.file != file:
                    return True
    return False
