"""An asynchronous object is entered with `with` instead of `async with`

## What happens
`with engine.begin() as connection:` raises `TypeError` (`AttributeError: __enter__` before Python 3.11).

## Why the server cannot start
Asynchronous engines, sessions and pools are opened and closed by coroutines. Only `async with` waits for
those.

## How to recognise it
The interpreter refused to enter an object at the project's own last frame, a `with` statement, and what the
statement enters is an asynchronous context manager: a declaration in the installed code says so, or the
function is own and made one.

## How it is fixed
`with` becomes `async with`, in an asynchronous function. Calls of coroutine methods on the entered object
inside the block are awaited: without that they would not run.

## Fix safety
Safe: it is what the block says, and as written it can only raise.

## References
https://docs.python.org/3/reference/compound_stmts.html#async-with,
https://docs.sqlalchemy.org/en/20/orm/extensions/asyncio.html
"""

import ast
from collections.abc import Iterable, Iterator

from bootproof.edits.making import edit
from bootproof.edits.python import wrap_node
from bootproof.model.edit import AnyEdit
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix
from bootproof.model.symptom import Symptom
from bootproof.model.words import Safety
from bootproof.rules.connecting._code import function_at, parents
from bootproof.rules.connecting._entering import only, refused
from bootproof.rules.kinds import Names, coroutines, entered, given_by
from bootproof.rules.registry import finding
from bootproof.rules.turning import made_async

CODE = "BP616"


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The `with` that entered an asynchronous object."""
    for each in refused(symptom, facts, "with", is_asynchronous):
        yield finding(
            __name__,
            each.key,
            file=each.file,
            line=each.node.lineno,
            data={"with": each.node, "names": each.names},
            cause=f"`{each.what}` is asynchronous, and `with` enters it as if it were not",
            explanation="Only `async with` waits for what opens and closes it.",
        )
        return


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """`async with`, and the coroutines of its block awaited."""
    node, names = finding.data["with"], finding.data["names"]
    assert isinstance(node, ast.With) and isinstance(names, dict)
    file, text = finding.file, facts.text(finding.file) or b""
    function = function_at(facts, file, node.lineno)
    turned = made_async(facts, file, function) if function is not None else None
    if turned is None:
        return None
    if not all(is_asynchronous(facts, file, each.context_expr, names) for each in node.items):
        return None  # one `with` cannot enter both kinds
    start = facts.span(file, node)[0]
    edits: list[AnyEdit] = [*turned, edit(file, text, start, start, "async ")]
    above = parents(node)
    for item in node.items:
        if isinstance(item.optional_vars, ast.Name):
            kind = entered(facts, given_by(facts, file, item.context_expr, names))
            for call in unawaited(node, item.optional_vars.id, coroutines(facts, kind)):
                plain = isinstance(above[call], ast.Expr | ast.Assign | ast.AnnAssign | ast.Return)
                edits += wrap_node(file, text, call, "await " if plain else "(await ", "" if plain else ")")
    return Fix("enter it with `async with`", Safety.SAFE, tuple(edits))


def is_asynchronous(facts: Facts, file: str, node: ast.expr, names: Names) -> bool:
    """Whether an expression gives what `async with` enters and `with` does not."""
    return only("async with", lambda each: "asynccontextmanager" in ast.unparse(each), facts, file, node, names)


def unawaited(scope: ast.AST, name: str, methods: frozenset[str]) -> Iterator[ast.Call]:
    """The calls of these methods on a name whose coroutine goes nowhere: not awaited, not handed on."""
    above = parents(scope)
    for node in ast.walk(scope):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or node.func.attr not in methods:
            continue
        on_name = isinstance(node.func.value, ast.Name) and node.func.value.id == name
        if on_name and not isinstance(above[node], ast.Await | ast.Call | ast.Starred | ast.List | ast.Tuple):
            yield node
