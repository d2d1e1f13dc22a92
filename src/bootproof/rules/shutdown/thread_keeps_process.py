"""A thread that is started and never ends keeps the process from ending

## What happens
The server says that it has shut down, and its process goes on. `docker stop` waits for its ten seconds and
kills it; Ctrl-C seems to do nothing.

## Why the server cannot start
It starts. When the interpreter ends it waits for every thread that is no daemon. One that runs an endless loop
is waited for for ever, and so is the thread of a connection that nobody closed (aiosqlite has one for each).

## How to recognise it
A real server was asked to stop and had not ended after ten seconds. The threads that it still had were told
with the own line that started them.

## How it is fixed
A thread of the project's own becomes a daemon: `Thread(…, daemon=True)`. An object of a library that was opened
in the lifespan is closed behind its `yield`.

## Fix safety
Safe for a thread whose loop has no end: it was only ever killed. Unsafe for one that might have ended: what it
was doing is cut off. Safe for a connection.

## References
https://docs.python.org/3/library/threading.html#thread-objects, https://aiosqlite.omnilib.dev/en/stable/
"""

import ast
from collections.abc import Iterable, Iterator

from bootproof.edits.python import add_argument, insert_statement_after, insert_statement_before, replace_argument
from bootproof.model.edit import AnyEdit
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix, Location
from bootproof.model.symptom import Frame, Held, Symptom
from bootproof.model.words import Safety, Stage
from bootproof.rules.connecting._code import assignment, function_at, nodes_at, statement_at
from bootproof.rules.kinds import coroutines, given_by
from bootproof.rules.reading import Function, dotted_name, keyword, meaning, outside
from bootproof.rules.registry import finding

CODE = "BP901"
CLOSE = ("aclose", "close", "disconnect", "stop", "shutdown")


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """Every own line that started such a thread."""
    for held in symptom.held if symptom.stage is Stage.SHUTDOWN else ():
        frame = held.started[-1] if held.started else None
        if held.kind != "thread" or frame is None:
            continue
        at = next((each for each in reversed(held.frames) if each.own), None)
        yield finding(
            __name__,
            f"{frame.function}:{frame.source[:60]}",
            file=frame.file,
            line=frame.line,
            data={"held": held, "frame": frame},
            cause="the thread that is started here is no daemon and does not end, so that the process does not either",
            explanation=f"{symptom.note}; `{held.name}` was still running.",
            related=(
                *([Location(at.file, at.line, note="where it was")] if at else []),
                *(Location(frame.file, each.lineno, note="the end of the lifespan") for each in _ends(facts, frame)),
            ),
        )


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """A daemon, or what was opened closed."""
    held, frame = finding.data["held"], finding.data["frame"]
    assert isinstance(held, Held) and isinstance(frame, Frame)
    thread = _thread(facts, frame)
    if thread is not None:
        given, text = keyword(thread, "daemon"), facts.text(frame.file) or b""
        change: AnyEdit
        if given is None:
            change = add_argument(frame.file, text, thread, "daemon", "True")
        else:
            change = replace_argument(frame.file, text, thread, "daemon", "True")
        if _endless(facts, frame.file, keyword(thread, "target")):
            return Fix("make it a daemon", Safety.SAFE, (change,))
        loses = "what the thread is doing when the server stops: it is cut off"
        return Fix("make it a daemon", Safety.UNSAFE, (change,), loses=loses)
    closing = _closing(facts, frame)
    return Fix("close it behind the `yield`", Safety.SAFE, (closing,)) if closing is not None else None


def _thread(facts: Facts, frame: Frame) -> ast.Call | None:
    """The call that makes the thread: on the line itself, or where the name that is started was given its value."""
    scope = function_at(facts, frame.file, frame.line) or facts.syntax(frame.file)
    for node in nodes_at(facts, frame):
        if not isinstance(node, ast.Call):
            continue
        made: ast.AST | None = node
        if isinstance(node.func, ast.Attribute) and node.func.attr == "start":
            given = assignment(scope, dotted_name(node.func.value), frame.line)
            made = node.func.value if isinstance(node.func.value, ast.Call) else given.value if given else None
        if isinstance(made, ast.Call) and outside(facts, frame.file, made.func) in ("threading.Thread", "threading.Timer"):
            return made if outside(facts, frame.file, made.func) == "threading.Thread" else None
    return None


def _endless(facts: Facts, file: str, target: ast.expr | None) -> bool:
    """Whether the thread's function is own and goes round a loop that nothing leaves."""
    found = meaning(facts, file, target) if target is not None else None
    for node in ast.walk(found.node) if found is not None and isinstance(found.node, Function) else ():
        always = isinstance(node, ast.While) and isinstance(node.test, ast.Constant) and bool(node.test.value)
        if always and not any(isinstance(each, ast.Break | ast.Return) for each in ast.walk(node)):
            return True
    return False


def _closing(facts: Facts, frame: Frame) -> AnyEdit | None:
    """The edit that closes behind the `yield` of a lifespan what this line opens before it."""
    function = function_at(facts, frame.file, frame.line)
    statement = statement_at(function.body, frame.line) if function is not None else None
    if not isinstance(statement, ast.Assign) or not isinstance(function, ast.AsyncFunctionDef):
        return None
    given, name = given_by(facts, frame.file, statement.value, {}), dotted_name(statement.targets[0])
    methods = coroutines(facts, given.type) if given is not None else frozenset()
    close = next((each for each in CLOSE if each in methods), "")
    point = next(_yields(function, frame.line), None)
    if not close or not name or point is None:
        return None
    text, code = facts.text(frame.file) or b"", f"await {name}.{close}()"
    for node in ast.walk(function):
        if isinstance(node, ast.Try) and point in node.body and node.finalbody:
            return insert_statement_before(frame.file, text, node.finalbody[0], code)
    return insert_statement_after(frame.file, text, point, code)


def _ends(facts: Facts, frame: Frame) -> list[ast.stmt]:
    """The `yield` of the lifespan that a thread of a library is started in: what was opened is closed behind it."""
    function = function_at(facts, frame.file, frame.line)
    if not isinstance(function, ast.AsyncFunctionDef) or _thread(facts, frame) is not None:
        return []
    return list(_yields(function, frame.line))[:1]


def _yields(function: ast.AsyncFunctionDef, line: int) -> Iterator[ast.stmt]:
    for node in ast.walk(function):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Yield) and node.lineno > line:
            yield node
