"""The models of a project, as its source declares them: classes, their tables, where they are imported."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from bootproof.edits.python import add_import
from bootproof.model.edit import AnyEdit
from bootproof.model.facts import Facts
from bootproof.rules.reading import assigned, meaning, text_of


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


def imported_with_models(facts: Facts, wanted: Model, beside: str) -> tuple[AnyEdit, ...]:
    """The edit that imports a model's module where the project loads its models; none where it would be no use.

    `beside` is a file of models that is loaded: its package's `__init__` where that imports models, else the
    first file that imports it for the application, else the target.
    """
    target = facts.project.target
    package = beside.rpartition("/")[0] + "/__init__.py" if "/" in beside else ""
    holders = [package] if package and _imports_models(facts, package) else []
    holders += [target.file] if target else []
    for file in holders:
        text = facts.text(file)
        if text is None or file == wanted.file:
            continue
        module = facts.module_of(wanted.file)
        statement = f"from {module} import {wanted.name}  # noqa: F401"
        return (add_import(file, text, statement),)
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
