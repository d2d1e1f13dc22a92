"""Tables in the source: which class declares one, who creates them all, what is imported at once."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from bootproof.model.facts import Facts
from bootproof.model.symptom import Failure, Symptom
from bootproof.rules.connecting._code import called

_QUOTED = re.compile(r'"([^"]+)"')


@dataclass(frozen=True)
class Declared:
    """A class that declares a table."""

    table: str
    name: str
    file: str
    line: int


def missing_table(symptom: Symptom) -> str | None:
    """The name of the table that the database does not have; PostgreSQL's code for it is 42P01."""
    for failure in symptom.failures:
        if _undefined(failure):
            # the server names it in the message alone; the caller looks it up in the source
            named = _QUOTED.findall(failure.message)
            if named:
                return str(named[0]).rpartition(".")[2]
    return None


def _undefined(failure: Failure) -> bool:
    return failure.facts.get("sqlstate") == "42P01" or failure.is_a("UndefinedTableError", "UndefinedTable")


def declared(table: str, facts: Facts) -> Declared | None:
    """The own class that declares a table, by `__tablename__` or by SQLModel's rule for names."""
    for each in classes(facts):
        if each.table == table:
            return each
    return None


def classes(facts: Facts) -> Iterator[Declared]:
    """Every own class that declares a table."""
    for file in facts.python_files():
        text = facts.text(file) or b""
        tree = facts.syntax(file) if b"__tablename__" in text or b"table" in text else None
        for node in ast.walk(tree) if tree is not None else ():
            if isinstance(node, ast.ClassDef):
                table = _table(node)
                if table:
                    yield Declared(table, node.name, file, node.lineno)


def _table(node: ast.ClassDef) -> str | None:
    for each in node.body:
        targets = (
            each.targets if isinstance(each, ast.Assign) else [each.target] if isinstance(each, ast.AnnAssign) else []
        )
        named = any(isinstance(target, ast.Name) and target.id == "__tablename__" for target in targets)
        value = getattr(each, "value", None)
        if named and isinstance(value, ast.Constant) and isinstance(value.value, str):
            return value.value
    by_keyword = any(
        key.arg == "table" and isinstance(key.value, ast.Constant) and key.value.value is True for key in node.keywords
    )
    return node.name.lower() if by_keyword else None


def creators(facts: Facts) -> Iterator[tuple[str, ast.stmt]]:
    """The statements of own code that create every table of a metadata; not those of tests and migrations."""
    scripts = tuple(each.scripts + "/" for each in facts.project.migrations)
    for file in facts.files_with(b"create_all"):
        tree = facts.syntax(file)
        if tree is None or file.startswith((*scripts, "tests/", "test/")) or "/tests/" in file:
            continue
        for statement in ast.walk(tree):
            if not isinstance(statement, ast.Expr | ast.Assign):
                continue
            for node in ast.walk(statement):
                is_call = isinstance(node, ast.Call) and called(node) == "create_all"
                passed = (
                    isinstance(node, ast.Call)
                    and called(node) == "run_sync"
                    and any(isinstance(arg, ast.Attribute) and arg.attr == "create_all" for arg in node.args)
                )
                if is_call or passed:
                    yield file, statement
                    break


def imported_at_once(facts: Facts) -> frozenset[str]:
    """The own files that importing the target executes, by the import statements outside of functions."""
    target = facts.project.target
    if target is None:
        return frozenset()
    seen: set[str] = set()
    waiting = [file for part in _parents(target.module) if (file := facts.file_of(part))]
    while waiting:
        file = waiting.pop()
        if file in seen:
            continue
        seen.add(file)
        for module in _modules(facts, file):
            waiting += [found for part in _parents(module) if (found := facts.file_of(part)) and found not in seen]
    return frozenset(seen)


def _parents(module: str) -> list[str]:
    parts = module.split(".")
    return [".".join(parts[: index + 1]) for index in range(len(parts))]


def _modules(facts: Facts, file: str) -> Iterator[str]:
    tree = facts.syntax(file)
    waiting: list[ast.AST] = list(tree.body) if tree is not None else []
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            waiting += node.orelse
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parts = facts.module_of(file).split(".")
                up = node.level - (1 if file.endswith("__init__.py") else 0)
                parts = parts[: len(parts) - up] if up else parts
                base = ".".join([*parts, *([node.module] if node.module else [])])
            yield base
            yield from (f"{base}.{alias.name}" if base else alias.name for alias in node.names)
        waiting += list(ast.iter_child_nodes(node))
