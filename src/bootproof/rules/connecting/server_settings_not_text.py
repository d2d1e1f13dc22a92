"""A value in `server_settings` is not text

## What happens
The first connection raises `ClientConfigurationError` (an `InterfaceError` of asyncpg).

## Why the server cannot start
asyncpg sends `server_settings` to PostgreSQL with the first packet, in which every value is text. It does not
convert numbers or booleans.

## How to recognise it
asyncpg refused its configuration before it connected, and a dictionary that the project passes as
`server_settings` holds values that are no text.

## How it is fixed
Numbers are quoted, `True` becomes `"on"`, and what is computed goes through `str(…)`.

## Fix safety
Safe: PostgreSQL reads the same setting.

## References
https://magicstack.github.io/asyncpg/current/api/index.html (`server_settings`),
https://www.postgresql.org/docs/current/protocol-flow.html
"""

import ast
from collections.abc import Iterable, Iterator

from bootproof.edits.python import replace_node, wrap_node
from bootproof.model.edit import AnyEdit
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix
from bootproof.model.symptom import Symptom
from bootproof.model.words import Safety
from bootproof.rules.registry import finding

CODE = "BP604"


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """Each dictionary of settings that holds something other than text."""
    refused = (
        each.is_a("asyncpg.exceptions._base.InterfaceError") and each.frames[-1].module == "asyncpg.connect_utils"
        for each in symptom.failures
        if each.frames
    )
    for file, settings in _dictionaries(facts) if any(refused) else ():
        names = [_text(key) or ast.unparse(key) for key, _value in _odd(settings)]
        if names:
            yield finding(
                __name__,
                ",".join(names),
                file=file,
                line=settings.lineno,
                end_line=settings.end_lineno,
                data={"settings": settings},
                cause=f"`server_settings` gives {', '.join(f'`{name}`' for name in names)} a value that is no text",
                explanation="Settings are sent as text, and asyncpg converts none.",
            )


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """The same values as text."""
    settings, file, text = finding.data["settings"], finding.file, facts.text(finding.file) or b""
    assert isinstance(settings, ast.Dict)
    edits: list[AnyEdit] = []
    for _key, value in _odd(settings):
        if isinstance(value, ast.Constant):
            said = ("on" if value.value else "off") if isinstance(value.value, bool) else str(value.value)
            edits.append(replace_node(file, text, value, f'"{said}"'))
        else:
            edits += wrap_node(file, text, value, "str(", ")")
    return Fix("give the settings as text", Safety.SAFE, tuple(edits))


def _dictionaries(facts: Facts) -> Iterator[tuple[str, ast.Dict]]:
    for file in facts.files_with(b"server_settings"):
        tree = facts.syntax(file) if file in facts.reachable() else None
        for node in ast.walk(tree) if tree is not None else ():
            pairs: list[tuple[str, ast.expr | None]] = []
            if isinstance(node, ast.Dict):
                pairs = [(_text(key), value) for key, value in zip(node.keys, node.values, strict=True)]
            elif isinstance(node, ast.keyword):
                pairs = [(node.arg or "", node.value)]
            elif isinstance(node, ast.Assign):
                pairs = [(each.id, node.value) for each in node.targets if isinstance(each, ast.Name)]
            yield from (
                (file, value) for name, value in pairs if name == "server_settings" and isinstance(value, ast.Dict)
            )


def _odd(settings: ast.Dict) -> Iterator[tuple[ast.expr, ast.expr]]:
    """The entries whose value is no text as written."""
    for key, value in zip(settings.keys, settings.values, strict=True):
        said = isinstance(value, ast.JoinedStr) or (isinstance(value, ast.Call) and ast.unparse(value.func) == "str")
        if isinstance(value, ast.Constant):
            said = value.value is None or isinstance(value.value, str)
        if key is not None and not said:
            yield key, value


def _text(node: ast.expr | None) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
