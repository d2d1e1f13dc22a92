"""Several SQL commands in one statement, which the driver prepares

## What happens
`execute(text("CREATE TABLE …; CREATE TABLE …"))` raises `ProgrammingError`: several commands cannot be put
into a prepared statement.

## Why the server cannot start
asyncpg prepares every statement, and psycopg one with parameters. PostgreSQL prepares one command at a time.
A start that runs a script (`init.sql`) in one call ends there.

## How to recognise it
PostgreSQL refused the statement as a syntax error (42601), and the statement holds more than one command,
strings, dollar quotes and comments read.

## How it is fixed
Each command of a literal gets a call of its own. A script that comes from elsewhere is split at its
semicolons, in a loop.

## Fix safety
Safe for a literal, whose commands are known. Unsafe for a script from elsewhere: a semicolon inside a
string, which it does not have today, would be split as well.

## References
https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-EXT-QUERY,
https://magicstack.github.io/asyncpg/current/api/index.html (`execute`)
"""

import ast
from collections.abc import Iterable

from bootproof.edits.making import edit
from bootproof.edits.python import replace_node
from bootproof.edits.source import indentation, line_stop, new_lines, rest_is_comment
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix
from bootproof.model.symptom import Symptom
from bootproof.model.words import Safety
from bootproof.rules.connecting._code import called, calls_at, label, source
from bootproof.rules.connecting._importing import known_as
from bootproof.rules.connecting._sql import commands, splits_plainly
from bootproof.rules.connecting.raw_sql_string import METHODS
from bootproof.rules.reading import meaning, own_frames, statement_at, text_of
from bootproof.rules.registry import finding

CODE = "BP617"
SYNTAX_ERROR = "42601"


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The call that is given a script."""
    if not any(str(each.facts.get("sqlstate") or each.facts.get("pgcode")) == SYNTAX_ERROR for each in symptom.failures):
        return
    script = next((str(each.facts["statement"]) for each in symptom.failures if each.facts.get("statement")), "")
    count = len(commands(script))
    frame = next((frame for failure in symptom.failures for frame in own_frames(failure)), None)
    for call in calls_at(facts, frame) if frame is not None and count > 1 else ():
        if frame is not None and called(call) in METHODS and call.args:
            yield finding(
                __name__,
                f"{label(facts, frame.file, frame.line)}:{called(call)}:{commands(script)[0][:30]}",
                file=frame.file,
                line=call.lineno,
                end_line=call.end_lineno,
                data={"call": call, "script": script},
                cause=f"`{called(call)}` is given {count} SQL commands at once, and a prepared statement holds one",
                explanation="The driver prepares what it executes.",
            )
            return


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """One call for each command."""
    call, file, tree = finding.data["call"], finding.file, facts.syntax(finding.file)
    assert isinstance(call, ast.Call)
    statement = statement_at(tree, call.lineno) if tree is not None else None
    value = statement.value if isinstance(statement, ast.Expr) else None
    if len(call.args) + len(call.keywords) != 1 or call not in (value, getattr(value, "value", None)):
        return None
    assert isinstance(statement, ast.Expr)
    given, text = call.args[0], facts.text(file) or b""
    inner = given.args[0] if isinstance(given, ast.Call) and called(given) == "text" and given.args else given
    whole, (start, end) = facts.span(file, statement), facts.span(file, inner)
    before, after = (
        text[slice(*place)].decode("utf-8", "surrogateescape") for place in ((whole[0], start), (end, whole[1]))
    )
    inside, literal = indentation(text, whole[0]), text_of(inner)
    if literal is not None:
        first, *others = [_quoted(each) for each in commands(literal)]
        if inner is given and any(each.startswith(f"BP610:{file}:") for each in facts.planned):
            name, _imports = known_as(facts, file, "sqlalchemy", "text")  # that fix wraps what is written alone
            others = [f"{name}({each})" for each in others]
        if not rest_is_comment(text[whole[1] : line_stop(text, whole[1])]):
            return None
        # the lines of a string stay as they are, so that they are put in as written
        place, lines = new_lines(text, whole[1], "\n".join(f"{inside}{before}{each}{after}" for each in others))
        edits = (replace_node(file, text, inner, first), edit(file, text, place, place, lines))
        return Fix("execute one command at a time", Safety.SAFE, edits)
    script = str(finding.data["script"])
    if not splits_plainly(script) or "\n" in before + after:
        return None
    held = meaning(facts, file, inner)
    known = text_of(held.node) if held is not None and held.node is not None else None
    split = f'for command in filter(str.strip, {source(facts, file, inner)}.split(";")):'
    new = f"{split}\n{inside}    {before}command{after}"
    safety = Safety.SAFE if known is not None and splits_plainly(known) else Safety.UNSAFE
    loses = "a semicolon inside a string of the script, which it does not have today" if known is None else ""
    return Fix("execute one command at a time", safety, (edit(file, text, *whole, new),), loses=loses)


def _quoted(command: str) -> str:
    """The command as a Python literal."""
    plain = "\\" not in command and '"' not in command
    if "\n" in command and '"""' not in command and "\\" not in command and not command.endswith('"'):
        return f'"""{command}"""'
    return f'"{command}"' if plain and "\n" not in command else repr(command)
