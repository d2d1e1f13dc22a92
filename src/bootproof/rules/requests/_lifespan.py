"""Put code where the application starts: into its own lifespan, or into a new one."""

import ast

from bootproof.edits.making import edit, indented
from bootproof.edits.python import add_argument, insert_statement_before
from bootproof.edits.source import line_start
from bootproof.model.edit import AnyEdit
from bootproof.model.facts import Facts
from bootproof.model.project import Target
from bootproof.rules.connecting._code import called
from bootproof.rules.connecting._importing import known_as


def at_start(facts: Facts, target: Target, body: str) -> list[AnyEdit] | None:
    """The edits that run statements before the first request; None where there is no plain place for them.

    `body` stands at no indentation. Handlers of `on_event` are left alone: a lifespan would switch them off.
    """
    tree, text = facts.syntax(target.file), facts.text(target.file) or b""
    if tree is None or b"on_event(" in text or b"add_event_handler(" in text:
        return None
    point = _yield(tree)
    if point is not None:
        return [insert_statement_before(target.file, text, point, body)]
    for node in tree.body:
        value = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
        names = [
            each
            for each in getattr(node, "targets", [getattr(node, "target", None)])
            if isinstance(each, ast.Name)
        ]
        if not isinstance(value, ast.Call) or target.attribute not in [each.id for each in names]:
            continue
        if called(value) != "FastAPI" or any(each.arg in ("lifespan", None) for each in value.keywords):
            return None
        decorator, imports = known_as(facts, target.file, "contextlib", "asynccontextmanager")
        code = f"@{decorator}\nasync def lifespan(_app):\n{indented(body, '    ')}\n    yield\n\n\n"
        place = line_start(text, facts.span(target.file, node)[0])
        above = text[:place].replace(b"\r\n", b"\n")
        code = "\n" * (3 - min(3, len(above) - len(above.rstrip(b"\n")))) + code
        return [
            *imports,
            edit(target.file, text, place, place, code),
            add_argument(target.file, text, value, "lifespan", "lifespan"),
        ]
    return None


def _yield(tree: ast.Module) -> ast.stmt | None:
    """The `yield` of the module's own lifespan."""
    for node in tree.body:
        managed = isinstance(node, ast.AsyncFunctionDef) and any(
            "contextmanager" in ast.unparse(each) for each in node.decorator_list
        )
        for each in node.body if managed and isinstance(node, ast.AsyncFunctionDef) else ():
            if isinstance(each, ast.Expr) and isinstance(each.value, ast.Yield):
                return each
    return None
