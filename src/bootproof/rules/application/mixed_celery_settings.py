"""Old and new names of Celery's settings are mixed

## What happens
`ImproperlyConfigured` when the configuration is first read: old and new setting keys cannot be mixed.

## Why the server cannot start
Celery 4 gave its settings lower-case names and still reads the old ones. Of a configuration that has both it cannot tell
which was meant, so it reads neither.

## How to recognise it
Celery raised while it looked through the settings, and the project sets some by names that Celery's own table lists as old.

## How it is fixed
Those get the new names that the table gives for them.

## Fix safety
Safe: they are the same settings, and Celery's own table says so. Settings that are read with a `namespace` keep theirs.

## References
https://docs.celeryq.dev/en/stable/userguide/configuration.html#new-lowercase-settings
"""

import ast
from collections.abc import Iterable, Iterator, Mapping
from typing import cast

from bootproof.edits.making import edit
from bootproof.edits.python import rename_argument
from bootproof.model.edit import Edit
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix, Location
from bootproof.model.symptom import Symptom
from bootproof.model.words import Safety
from bootproof.rules.reading import dotted_name, keyword, text_of, top_level
from bootproof.rules.registry import finding

CODE = "BP467"
TABLE = "celery.app.defaults:_TO_NEW_KEY"


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """One finding for each file that uses old names."""
    for failure in symptom.failures:
        last = failure.frames[-1] if failure.frames else None
        if last is None or last.module != "celery.app.utils" or not failure.is_a("ImproperlyConfigured"):
            continue
        names = cast("Mapping[str, str]", facts.ask("table", path=TABLE) or {})
        for file in facts.python_files():
            found = list(_old(facts, file, names))
            if found:
                shown = ", ".join(f"`{name}`" for _line, name, _edit in found)
                yield finding(
                    __name__, "names", file=file, line=found[0][0], data={"edits": tuple(made for *_, made in found)},
                    cause=f"{shown}: an old name among new ones, which Celery does not mix" if len(found) == 1
                    else f"{shown}: old names among new ones, which Celery does not mix",
                    related=tuple(Location(file, line) for line, *_ in found[1:]),
                )  # fmt: skip
        return


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """The new names."""
    return Fix("use the new names", Safety.SAFE, cast("tuple[Edit, ...]", finding.data["edits"]))


def _old(facts: Facts, file: str, names: Mapping[str, str]) -> Iterator[tuple[int, str, Edit]]:
    """The old names in a file, wherever it sets Celery's configuration: line, name, and the edit to the new one."""
    text = facts.text(file) or b""
    if not any(each.encode() in text for each in names):
        return
    tree = facts.syntax(file)
    for node in ast.walk(tree) if tree else ():
        if isinstance(node, ast.Call) and dotted_name(node.func).endswith("conf.update"):
            for given in node.keywords:
                if given.arg and given.arg in names:
                    yield given.lineno, given.arg, rename_argument(file, text, node, given.arg, names[given.arg])
        for place, name in _set(node):
            if name in names:
                yield _named(facts, file, text, place, name, names)
    if tree is not None and _is_configuration(facts, file):
        for statement in top_level(tree.body):
            for target in statement.targets if isinstance(statement, ast.Assign) else ():
                if isinstance(target, ast.Name) and target.id in names:
                    yield _named(facts, file, text, target, target.id, names)


def _set(node: ast.AST) -> Iterator[tuple[ast.AST, str]]:
    """The settings that a node sets by text or attribute: the place of the name, and the name."""
    if isinstance(node, ast.Call) and dotted_name(node.func).endswith("conf.update"):
        for given in node.args:
            for key in given.keys if isinstance(given, ast.Dict) else ():
                if key is not None:
                    yield key, text_of(key) or ""
    elif isinstance(node, ast.Attribute) and _of_conf(node):
        yield node, node.attr
    elif isinstance(node, ast.Subscript) and _of_conf(node):
        yield node.slice, text_of(node.slice) or ""


def _of_conf(node: ast.Attribute | ast.Subscript) -> bool:
    return isinstance(node.ctx, ast.Store) and dotted_name(node.value).rpartition(".")[2] == "conf"


def _named(
    facts: Facts, file: str, text: bytes, node: ast.AST, name: str, names: Mapping[str, str]
) -> tuple[int, str, Edit]:
    start, end = facts.span(file, node)
    at = text.rindex(name.encode(), start, end)
    return int(getattr(node, "lineno", 1)), name, edit(file, text, at, at + len(name.encode()), names[name])


def _is_configuration(facts: Facts, file: str) -> bool:
    """Whether some file gives this module to `config_from_object`, without a namespace."""
    module = facts.module_of(file)
    for other in facts.files_with(b"config_from_object"):
        tree = facts.syntax(other)
        for node in ast.walk(tree) if tree else ():
            if not isinstance(node, ast.Call) or not dotted_name(node.func).endswith("config_from_object"):
                continue
            if node.args and keyword(node, "namespace") is None and text_of(node.args[0]) == module:
                return True
    return False
