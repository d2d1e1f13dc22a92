"""Put code where the application starts: into its own lifespan, or into a new one."""

import ast
from collections.abc import Sequence

from bootproof.edits.making import edit, indented
from bootproof.edits.python import add_argument, insert_statement_after, insert_statement_before
from bootproof.edits.source import line_start, line_stop, next_line, rest_is_comment
from bootproof.model.edit import AnyEdit
from bootproof.model.facts import Facts
from bootproof.model.project import Target
from bootproof.rules.connecting._code import called
from bootproof.rules.connecting._importing import importing, known_as
from bootproof.rules.reading import Function, keyword, meaning, top_level

APPLICATIONS = frozenset({"FastAPI", "Starlette"})


def at_start(
    facts: Facts, target: Target, body: str, *, first: bool = False, after: str = "", lines: Sequence[str] = ()
) -> list[AnyEdit] | None:
    """The edits that run statements before the first request; None where there is no plain place for them.

    `body` stands at no indentation; it comes before the `yield`, with `first` before all else of the lifespan.
    `after` is run at the end, `lines` are import statements. Handlers of `on_event` are left alone: a lifespan would
    switch them off.
    """
    text = facts.text(target.file) or b""
    made = application(facts, target)
    if made is None:
        return None
    holder, call = made
    given = keyword(call, "lifespan")
    if given is not None:
        return _into(facts, target.file, given, body, first, after, lines)
    if called(call) not in APPLICATIONS or any(each.arg is None for each in call.keywords):
        return None
    if b"on_event(" in text or b"add_event_handler(" in text or keyword(call, "on_startup"):
        return None
    decorator, imports = known_as(facts, target.file, "contextlib", "asynccontextmanager")
    name = "lifespan" if b"lifespan" not in text else "application_lifespan"
    cleanup = f"{indented(after, '    ')}\n" if after else ""
    code = f"@{decorator}\nasync def {name}(_app):\n{indented(body, '    ')}\n    yield\n{cleanup}\n\n"
    place = line_start(text, facts.span(target.file, holder)[0])
    above = text[:place].replace(b"\r\n", b"\n")
    code = "\n" * (3 - min(3, len(above) - len(above.rstrip(b"\n")))) + code
    return [
        *imports,
        *_imports(facts, target.file, lines),
        edit(target.file, text, place, place, code),
        add_argument(target.file, text, call, "lifespan", name),
    ]


def moved_to_start(facts: Facts, target: Target, file: str, statement: ast.stmt, body: str) -> list[AnyEdit] | None:
    """The edits that run `body` at the start in the place of a statement of a module's own level.

    Beside the application the statement goes; in another file it becomes a function that the lifespan awaits.
    """
    text = facts.text(file) or b""
    start, end = facts.span(file, statement)
    alone = not text[line_start(text, start) : start].strip() and rest_is_comment(text[end : line_stop(text, end)])
    if not alone or start != line_start(text, start):
        return None
    if file == target.file:
        held = at_start(facts, target, body, first=True)
        if held is None:
            return None
        gone = next_line(text, end)
        if not text[: start].endswith((b"\n\n", b"\r\n\r\n")):
            return [edit(file, text, start, gone, ""), *held]
        while gone < len(text) and not text[gone : line_stop(text, gone)].strip():
            gone = next_line(text, gone)  # the blank lines above stay
        return [edit(file, text, start, gone, ""), *held]
    name = "run_at_start"
    lines = [f"from {facts.module_of(file)} import {name}"]
    held = at_start(facts, target, f"await {name}()", first=True, lines=lines)
    if held is None or name.encode() in text or name.encode() in (facts.text(target.file) or b""):
        return None
    code = f"async def {name}() -> None:\n{indented(body, '    ')}"
    return [edit(file, text, start, end, code), *held]


def application(facts: Facts, target: Target) -> tuple[ast.stmt, ast.Call] | None:
    """The statement and the call that make the application: at module level, or in the factory's body."""
    tree = facts.syntax(target.file)
    if tree is None:
        return None
    factory = next((each for each in tree.body if isinstance(each, Function) and each.name == target.attribute), None)
    for node in ast.walk(factory) if factory is not None else top_level(tree.body):
        value = node.value if isinstance(node, ast.Assign | ast.AnnAssign | ast.Return) else None
        if not isinstance(node, ast.stmt) or not isinstance(value, ast.Call):
            continue
        targets = getattr(node, "targets", [getattr(node, "target", None)])
        named = any(isinstance(each, ast.Name) and each.id == target.attribute for each in targets)
        if named or (factory is not None and called(value) in APPLICATIONS):
            return (factory or node), value
    return None


def _into(
    facts: Facts, file: str, given: ast.expr, body: str, first: bool, after: str, lines: Sequence[str]
) -> list[AnyEdit] | None:
    """The edits that add to the lifespan that is given already."""
    found = meaning(facts, file, given)
    place, function = (found.file, found.node) if found is not None else (file, None)
    if not isinstance(function, ast.AsyncFunctionDef):
        tree, name = facts.syntax(file), given.id if isinstance(given, ast.Name) else ""
        held = [each for each in (ast.walk(tree) if tree else ()) if isinstance(each, ast.AsyncFunctionDef)]
        place, function = file, next((each for each in held if each.name == name), None)
    point = next((each for each in ast.walk(function) if _yields(each)), None) if function is not None else None
    if not isinstance(function, ast.AsyncFunctionDef) or not isinstance(point, ast.stmt):
        return None
    text = facts.text(place) or b""
    documented = isinstance(function.body[0], ast.Expr) and isinstance(function.body[0].value, ast.Constant)
    begins = function.body[1] if documented and len(function.body) > 1 else function.body[0]
    return [
        *_imports(facts, place, lines),
        insert_statement_before(place, text, begins if first else point, body),
        *([insert_statement_after(place, text, point, after)] if after else []),
    ]


def _imports(facts: Facts, file: str, lines: Sequence[str]) -> list[AnyEdit]:
    """The edits that add import statements, but for those that the file has."""
    tree = facts.syntax(file)
    present = {ast.unparse(each) for each in (tree.body if tree is not None else ()) if isinstance(each, ast.ImportFrom)}
    return [importing(facts, file, each) for each in lines if each not in present]


def _yields(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr | ast.Assign) and isinstance(node.value, ast.Yield)
