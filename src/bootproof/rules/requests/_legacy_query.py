"""`session.query(…)…` of a synchronous session as the statement that an asynchronous session executes."""

import ast
from dataclasses import dataclass

from bootproof.model.edit import AnyEdit
from bootproof.model.facts import Facts
from bootproof.rules.connecting._code import source
from bootproof.rules.connecting._importing import known_as
from bootproof.rules.reading import meaning

# Methods that a `select()` has too; https://docs.sqlalchemy.org/en/20/changelog/migration_20.html, "ORM Query Unified"
SAME = frozenset(
    {
        "where", "filter_by", "order_by", "limit", "offset", "options", "join", "outerjoin", "group_by", "having", "distinct",
        "with_for_update", "select_from", "execution_options", "slice",
    }
)  # fmt: skip
ENDS = {"all": "all", "first": "first", "one": "one", "one_or_none": "one_or_none", "scalar": "scalar_one_or_none"}


@dataclass(frozen=True)
class Translated:
    """The outermost expression that a query begins, what to write for it, and the imports that need."""

    node: ast.expr
    text: str
    imports: tuple[AnyEdit, ...]


def translated(facts: Facts, file: str, query: ast.Call, above: dict[ast.AST, ast.AST]) -> Translated | None:
    """The query and all that is asked of it, translated; None where it is more than a plain chain."""
    if not isinstance(query.func, ast.Attribute) or query.keywords or not query.args:
        return None
    session = source(facts, file, query.func.value)
    calls: list[ast.Call] = []
    last: ast.expr = query
    while isinstance(attribute := above.get(last), ast.Attribute) and isinstance(call := above.get(attribute), ast.Call):
        if call.func is not attribute:
            return None
        calls.append(call)
        last = call
    select, imports = known_as(facts, file, "sqlalchemy", "select")
    statement = f"{select}({', '.join(source(facts, file, each) for each in query.args)})"
    entity = len(query.args) == 1 and _is_entity(facts, file, query.args[0])
    for call in calls:
        assert isinstance(call.func, ast.Attribute)
        name, arguments = call.func.attr, _arguments(facts, file, call)
        if name == "filter" or name in SAME:
            statement += f".{'where' if name == 'filter' else name}({arguments})"
        elif call is not last:
            return None
        elif name in ENDS and not arguments:
            result = f"(await {session}.execute({statement}))"
            return Translated(last, f"{result}{_scalars(entity, name)}.{ENDS[name]}()", imports)
        elif name == "get" and len(calls) == 1 and entity:
            got = f"await {session}.get({source(facts, file, query.args[0])}, {arguments})"
            return Translated(last, _inside(got, above, last), ())
        elif name == "count" and not arguments:
            func, more = known_as(facts, file, "sqlalchemy", "func")
            counted = f"{select}({func}.count()).select_from({statement}.subquery())"
            return Translated(last, f"(await {session}.execute({counted})).scalar_one()", (*imports, *more))
        else:
            return None
    if isinstance(above.get(last), ast.For | ast.comprehension):
        return Translated(last, f"(await {session}.execute({statement})){_scalars(entity, '')}", imports)
    return None


def _scalars(entity: bool, name: str) -> str:
    return ".scalars()" if entity and name != "scalar" else ""


def _inside(text: str, above: dict[ast.AST, ast.AST], node: ast.expr) -> str:
    alone = isinstance(above.get(node), ast.Assign | ast.AnnAssign | ast.Return | ast.Expr | ast.keyword)
    return text if alone else f"({text})"


def _arguments(facts: Facts, file: str, call: ast.Call) -> str:
    named = [(f"{each.arg}=" if each.arg else "**") + source(facts, file, each.value) for each in call.keywords]
    return ", ".join([*(source(facts, file, each) for each in call.args), *named])


def _is_entity(facts: Facts, file: str, node: ast.expr) -> bool:
    """Whether a whole model is asked for, not a column of one."""
    found = meaning(facts, file, node)
    return found is not None and isinstance(found.node, ast.ClassDef)
