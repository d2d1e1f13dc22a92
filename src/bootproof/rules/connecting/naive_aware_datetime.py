"""A datetime with a time zone is stored in a column without one

## What happens
asyncpg raises `DataError` when a row is written: an aware datetime does not fit `TIMESTAMP WITHOUT TIME
ZONE`.

## Why the server cannot start
`datetime.now(timezone.utc)` knows its zone, a plain `DateTime` column keeps none, and asyncpg, unlike
psycopg, does not drop it unasked. A start that seeds its database ends there; a request that writes answers
500.

## How to recognise it
asyncpg refused an argument of an INSERT or UPDATE, the statement casts it to `TIMESTAMP WITHOUT TIME ZONE`,
and an own class declares the column.

## How it is fixed
The column becomes `DateTime(timezone=True)`.

## Fix safety
Unsafe: the type of a column changes. A database that has the table needs a migration, and what reads the
column then gets aware datetimes. The rival repair writes naive UTC instead.

## References
https://magicstack.github.io/asyncpg/current/usage.html#type-conversion,
https://www.postgresql.org/docs/current/datatype-datetime.html
"""

import ast
import re
from collections.abc import Iterable

from bootproof.edits.making import edit
from bootproof.edits.python import add_argument, replace_node
from bootproof.model.edit import AnyEdit
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix, Rival
from bootproof.model.symptom import Symptom
from bootproof.model.words import Safety
from bootproof.rules.connecting._answers import statement_of
from bootproof.rules.connecting._code import called
from bootproof.rules.connecting._importing import known_as
from bootproof.rules.connecting._tables import declared
from bootproof.rules.registry import finding

CODE = "BP614"
_TABLE = re.compile(r"\s*(?:INSERT\s+INTO|UPDATE)\s+(?:\w+\.)?\"?(\w+)\"?", re.IGNORECASE)
_COLUMNS = re.compile(r"\(([^)]*)\)\s*VALUES\s*\((.*)", re.IGNORECASE | re.DOTALL)
_CAST = re.compile(r"\$(\d+)::TIMESTAMP WITHOUT TIME ZONE", re.IGNORECASE)
_SET = re.compile(r"\"?(\w+)\"?\s*=\s*\$(\d+)::TIMESTAMP WITHOUT TIME ZONE", re.IGNORECASE)
_ARGUMENT = re.compile(r"\$(\d+)")


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The column that has no time zone."""
    refused = next((each for each in symptom.failures if each.is_a("asyncpg.exceptions.DataError")), None)
    statement = statement_of(symptom)
    if refused is None or not statement or not any(each.is_a("TypeError") for each in symptom.failures):
        return
    number = _ARGUMENT.search(refused.message)  # the argument's number stands in the message alone
    column, table = _column(statement, number[1] if number else ""), _TABLE.match(statement)
    model = declared(table[1], facts) if table and column else None
    if model is None or column is None:
        return
    field = _field(facts, model.file, model.name, column)
    if field is None:
        return
    file, node = field
    target = node.target if isinstance(node, ast.AnnAssign) else node.targets[0]
    column = target.id if isinstance(target, ast.Name) else column
    yield finding(
        __name__,
        f"{model.name}.{column}",
        file=file,
        line=node.lineno,
        end_line=node.end_lineno,
        data={"field": node},
        cause=f"`{model.name}.{column}` is a column without time zone and is given a datetime with one",
        explanation="asyncpg does not drop the zone of a datetime unasked.",
    )


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """The column with a time zone."""
    node = finding.data["field"]
    assert isinstance(node, ast.Assign | ast.AnnAssign)
    file, text = finding.file, facts.text(finding.file) or b""
    kind = next((each for each in ast.walk(node.value) if _is_datetime(each)), None) if node.value else None
    name, imports = known_as(facts, file, "sqlalchemy", "DateTime")
    call = node.value if isinstance(node.value, ast.Call) else None
    edits: tuple[AnyEdit, ...]
    if isinstance(kind, ast.Call):
        edits = (add_argument(file, text, kind, "timezone", "True"),)
    elif isinstance(kind, ast.expr):
        edits = (replace_node(file, text, kind, f"{ast.unparse(kind)}(timezone=True)"),)
    elif call is not None and called(call) in ("mapped_column", "Column") and _named_first(call):
        edits = (
            *imports,
            replace_node(file, text, call.args[0], f"{ast.unparse(call.args[0])}, {name}(timezone=True)"),
        )
    elif call is not None and called(call) in ("mapped_column", "Column"):
        start = facts.span(file, call.args[0] if call.args else call)[0]
        edits = (*imports, _first(file, text, call, f"{name}(timezone=True)", start))
    elif call is not None and called(call) == "Field":
        edits = (*imports, add_argument(file, text, call, "sa_type", f"{name}(timezone=True)"))
    elif node.value is None and isinstance(node, ast.AnnAssign) and ast.unparse(node.annotation).startswith("Mapped["):
        column, more = known_as(facts, file, "sqlalchemy.orm", "mapped_column")
        end = facts.span(file, node)[1]
        edits = (*imports, *more, edit(file, text, end, end, f" = {column}({name}(timezone=True))"))
    else:
        return None
    return Fix(
        "keep the time zone in the column: `DateTime(timezone=True)`",
        Safety.UNSAFE,
        edits,
        loses="the column's type: a database with the table needs a migration; readers get aware datetimes",
        rivals=(
            Rival(
                "write naive UTC",
                "`datetime.now(timezone.utc).replace(tzinfo=None)` fits the column as it is",
            ),
        ),
    )


def _first(file: str, text: bytes, call: ast.Call, code: str, start: int) -> AnyEdit:
    if call.args:
        return replace_node(file, text, call.args[0], f"{code}, {text[start:].split(b',')[0].decode()}")
    return add_argument(file, text, call, None, code)


def _named_first(call: ast.Call) -> bool:
    return bool(call.args) and isinstance(call.args[0], ast.Constant) and isinstance(call.args[0].value, str)


def _is_datetime(node: ast.AST) -> bool:
    if isinstance(node, ast.Call):
        return called(node) in ("DateTime", "TIMESTAMP")
    return isinstance(node, ast.Name | ast.Attribute) and ast.unparse(node).rpartition(".")[2] in (
        "DateTime",
        "TIMESTAMP",
    )


def _column(statement: str, number: str) -> str | None:
    """The column that the argument fills; without a number, the only one cast to a naive timestamp."""
    casts = set(_CAST.findall(statement))
    if number not in casts:
        number = casts.pop() if len(casts) == 1 and not number else ""
    for column, each in _SET.findall(statement):
        if each == number:
            return str(column)
    found = _COLUMNS.search(statement)
    if not number or found is None:
        return None
    columns = [each.strip().strip('"') for each in found[1].split(",")]
    values = re.findall(r"\$(\d+)|\b(?:DEFAULT|NULL|now\(\))", found[2])[: len(columns)]
    return columns[values.index(number)] if number in values else None


def _field(facts: Facts, file: str, name: str, column: str) -> tuple[str, ast.Assign | ast.AnnAssign] | None:
    """The statement that declares a column, in the class or in one of its own bases (by name)."""
    seen: set[str] = set()
    waiting = [(file, name)]
    while waiting:
        here, current = waiting.pop(0)
        tree = facts.syntax(here)
        for node in ast.walk(tree) if tree is not None else ():
            if not isinstance(node, ast.ClassDef) or node.name != current:
                continue
            for each in node.body:
                target = each.targets[0] if isinstance(each, ast.Assign) else getattr(each, "target", None)
                if isinstance(each, ast.Assign | ast.AnnAssign) and isinstance(target, ast.Name):
                    given = each.value if isinstance(each.value, ast.Call) else None
                    first = given.args[0] if given is not None and _named_first(given) else None
                    if column == (first.value if isinstance(first, ast.Constant) else target.id):
                        return here, each
            for base in node.bases:
                word = ast.unparse(base).rpartition(".")[2]
                if word not in seen:
                    seen.add(word)
                    waiting += [(other, word) for other in facts.files_with(f"class {word}".encode())]
    return None
