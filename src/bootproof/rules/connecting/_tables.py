"""Tables in the source: which class declares one, who creates them all, what is imported at once."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from bootproof.model.facts import Facts
from bootproof.model.symptom import Failure, Symptom
from bootproof.rules.connecting._code import called
from bootproof.rules.reading import dotted_name, function_at

_QUOTED = re.compile(r'"([^"]+)"')
_OF_SQLITE = re.compile(r"no such table: (?:\w+\.)?(\w+)")


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
        # SQLite has one code for every mistake in a statement: only its message says which
        of_sqlite = _OF_SQLITE.match(failure.message) if failure.is_a("sqlite3.OperationalError") else None
        if of_sqlite is not None:
            return of_sqlite[1]
        if _undefined(failure):
            # the server names it in the message alone; the caller looks it up in the source
            named = _QUOTED.findall(failure.message)
            if named:
                return str(named[0]).rpartition(".")[2]
    return None


def _undefined(failure: Failure) -> bool:
    return failure.facts.get("sqlstate") == "42P01" or failure.is_a("UndefinedTableError", "UndefinedTable")


def declared(table: str, facts: Facts) -> Declared | None:
    """The own class that declares a table: by `__tablename__`, by SQLModel's rule for names, by one of an own base."""
    exact = next((each for each in classes(facts) if each.table == table), None)
    found = next((each for each in _named_by_base(facts) if _like(table, each.name)), None) if exact is None else exact
    return replace(found, table=table) if found is not None else None


def _named_by_base(facts: Facts) -> Iterator[Declared]:
    """The own classes that take their table's name from a function `__tablename__` of an own base."""
    trees = [(file, tree) for file in facts.files_with(b"class ") if (tree := facts.syntax(file)) is not None]
    nodes = [(file, node) for file, tree in trees for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    giving = {
        node.name
        for _file, node in nodes
        if any(isinstance(each, ast.FunctionDef) and each.name == "__tablename__" for each in node.body)
    }
    for file, node in nodes:
        if any(dotted_name(base).rpartition(".")[2] in giving for base in node.bases):
            yield Declared("", node.name, file, node.lineno)


def _like(table: str, name: str) -> bool:
    """Whether a table's name is a class's own, in small letters, with or without underscores and a plural's ending."""
    plain, own = table.lower().replace("_", ""), name.lower().replace("_", "")
    return plain in (own, f"{own}s", f"{own}es", f"{own.removesuffix('y')}ies")


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


def runs(facts: Facts, file: str, statement: ast.stmt) -> bool:
    """Whether the application may come to a statement: its file is reached, and its function is named somewhere else."""
    if file not in facts.reachable():
        return False
    tree = facts.syntax(file)
    function = function_at(tree, statement.lineno) if tree is not None else None
    if function is None or function.decorator_list or function.name.startswith("__"):
        return True
    for other in facts.files_with(function.name.encode()):
        found = facts.syntax(other) if other in facts.reachable() else None
        for node in ast.walk(found) if found is not None else ():
            named = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
            if named == function.name:
                return True
    return False


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
