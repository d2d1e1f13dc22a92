"""A table is declared twice

## What happens
SQLAlchemy raises `InvalidRequestError` while the class of a model is made: its table is already defined for
this `MetaData` instance.

## Why the server cannot start
A file that is imported under two names (`app.models` and `models`) is executed twice, and so are its
classes. Python knows modules by name and not by file. Two models may also have been given the same table.

## How to recognise it
SQLAlchemy's table refused to be made below the class, and an own import names the class's file by another
name than the one under which the start knows it; or another own class has the same table.

## How it is fixed
Every import says the one name. What else leads to the other name (an entry of `sys.path`) may stay. Of two
models with one table a person renames or drops one.

## Fix safety
Safe: it is the same file, executed once.

## References
https://docs.python.org/3/reference/import.html#the-module-cache
"""

import ast
from collections.abc import Iterable, Iterator

from bootproof.edits.making import edit
from bootproof.model.edit import Edit
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix, Location, Rival
from bootproof.model.symptom import Symptom
from bootproof.model.words import Safety
from bootproof.rules.engine._mapped import class_at, model_of
from bootproof.rules.engine._models import models
from bootproof.rules.registry import finding

CODE = "BP517"
_Import = ast.Import | ast.ImportFrom


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The import under another name, or the second model."""
    for failure in symptom.failures:
        inner = failure.frames[-1] if failure.frames else None
        if not failure.is_a("sqlalchemy.exc.InvalidRequestError") or inner is None or inner.module != "sqlalchemy.sql.schema":
            continue
        made = class_at(facts, failure)
        if made is None:
            continue
        file, node = made
        module = facts.module_of(file)
        under = list(_under_other_names(facts, file, module))
        model = model_of(facts, node)
        if under:
            yield finding(
                __name__,
                module,
                file=under[0][0],
                line=under[0][1].lineno,
                cause=f"`{file}` is imported as `{under[0][2]}` and as `{module}`: its models are made twice",
                explanation="Python knows modules by name: under two names a file is executed twice.",
                related=tuple(Location(where, each.lineno, note=f"as `{name}`") for where, each, name in under[1:]),
                data={"under": tuple(under), "module": module},
            )
            return
        for other in models(facts) if model else ():
            if model and other.table == model.table and other.node is not node:
                yield finding(
                    __name__,
                    model.table,
                    file=file,
                    line=node.lineno,
                    cause=f"the models `{other.name}` and `{node.name}` have the same table `{model.table}`",
                    explanation="A table is declared once in a `MetaData`.",
                    related=(Location(other.file, other.node.lineno, note=f"class {other.name}"),),
                    data={"under": (), "module": module},
                )
                return


def _under_other_names(facts: Facts, file: str, module: str) -> Iterator[tuple[str, _Import, str]]:
    """The absolute imports of own code that name the file otherwise than as `module`."""
    path = f"/{file.removesuffix('/__init__.py').removesuffix('.py')}"
    for where in facts.files_with(path.rpartition("/")[2].encode()):
        tree = facts.syntax(where)
        for node in ast.walk(tree) if tree else ():
            names: list[str] = []
            if isinstance(node, ast.Import):
                names = [each.name for each in node.names]
            elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
                names = [node.module, *(f"{node.module}.{each.name}" for each in node.names)]
            for name in names:
                if isinstance(node, _Import) and name != module and path.endswith("/" + name.replace(".", "/")):
                    yield where, node, name


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """Every import by the one name."""
    under, module = finding.data["under"], str(finding.data["module"])
    edits: list[Edit] = []
    for where, node, name in under if isinstance(under, tuple) else ():
        text = facts.text(where) or b""
        start, end = facts.span(where, node)
        package, _, last = name.rpartition(".")
        if isinstance(node, ast.ImportFrom) and node.module != name:  # `from package import module`
            wanted, given = module.rpartition(".")[0], package
            if module.rpartition(".")[2] != last or len(node.names) > 1:
                return None
        else:
            wanted, given = module, name
        at = text.find(given.encode(), start, end)
        if at < 0 or not wanted:
            return None
        alias = next((each for each in node.names if each.name == name), None) if isinstance(node, ast.Import) else None
        if alias is not None and alias.asname is None:
            if "." in name:
                return None  # every use of the dotted name would have to follow
            wanted += f" as {name}"
        edits.append(edit(where, text, at, at + len(given.encode()), wanted))
    rivals = (Rival("start with one folder on `sys.path` alone", "the other name is then not found at all"),)
    return Fix(f"import it as `{module}` everywhere", Safety.SAFE, tuple(edits), rivals=rivals) if edits else None
