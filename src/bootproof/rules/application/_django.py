"""Where a project sets Django up: its settings modules, who names them, the calls that make the registry ready."""

import ast
from collections.abc import Iterator

from bootproof.model.facts import Facts
from bootproof.rules.reading import assigned, outside, text_of, top_level

VARIABLE = "DJANGO_SETTINGS_MODULE"
SETS_UP = ("django.setup", "django.core.asgi.get_asgi_application", "django.core.wsgi.get_wsgi_application")
_MARKS = frozenset({"INSTALLED_APPS", "ROOT_URLCONF", "SECRET_KEY"})


def settings_files(facts: Facts) -> tuple[str, ...]:
    """Own files that are written as Django's settings: at least one of the names that only those have."""
    found = []
    for file in facts.files_with(b"SECRET_KEY") + facts.files_with(b"ROOT_URLCONF") + facts.files_with(b"INSTALLED_APPS"):
        if _MARKS & {name for name, _value in assignments(facts, file)}:
            found.append(file)
    return tuple(dict.fromkeys(found))


def assignments(facts: Facts, file: str) -> Iterator[tuple[str, ast.expr]]:
    """What a file assigns at module level."""
    tree = facts.syntax(file)
    for node in top_level(tree.body) if tree else ():
        yield from assigned(node)


def named_settings(facts: Facts) -> tuple[str, ...]:
    """The settings modules that the project names somewhere and has."""
    names = [value.value for value in facts.settings(VARIABLE)]
    for file in facts.files_with(VARIABLE.encode()):
        tree = facts.syntax(file)
        for node in ast.walk(tree) if tree else ():
            if isinstance(node, ast.Call) and len(node.args) == 2 and text_of(node.args[0]) == VARIABLE:
                names.append(text_of(node.args[1]) or "")
            elif isinstance(node, ast.Assign) and any(
                isinstance(each, ast.Subscript) and text_of(each.slice) == VARIABLE for each in node.targets
            ):
                names.append(text_of(node.value) or "")
    return tuple(dict.fromkeys(name for name in names if name and facts.file_of(name)))


def sets_up(facts: Facts, file: str, statement: ast.stmt) -> bool:
    """Whether a statement, run, makes Django's registry ready: it is nothing but such a call, given a name or not."""
    value = statement.value if isinstance(statement, ast.Assign | ast.Expr | ast.AnnAssign) else None
    return isinstance(value, ast.Call) and outside(facts, file, value.func) in SETS_UP
