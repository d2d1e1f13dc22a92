"""Django is used before anything names its settings module

## What happens
`ImproperlyConfigured`: a setting is requested, but settings are not configured.

## Why the server cannot start
Django reads the name of its settings module from `DJANGO_SETTINGS_MODULE`. `manage.py` sets that for its own commands; a
server that loads the application itself does not run `manage.py`.

## How to recognise it
Django raised while it looked for its settings module, and the project has exactly one that something of its own names, or
exactly one at all.

## How it is fixed
The variable gets that name as its default, before Django is used: `os.environ.setdefault`.

## Fix safety
Safe: it is what `manage.py` does, and a variable that a deployment sets still wins. Where several modules could be meant a
person chooses.

## References
https://docs.djangoproject.com/en/stable/topics/settings/#designating-the-settings
"""

import ast
from collections.abc import Iterable

from bootproof.edits.python import insert_statement_before
from bootproof.model.edit import AnyEdit
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix, Location
from bootproof.model.symptom import Symptom
from bootproof.model.words import Safety
from bootproof.rules.application._django import VARIABLE, named_settings, settings_files
from bootproof.rules.connecting._importing import importing
from bootproof.rules.reading import own_frames
from bootproof.rules.registry import finding

CODE = "BP463"


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The place where Django is first used."""
    for failure in symptom.failures:
        last = failure.frames[-1] if failure.frames else None
        if last is None or (last.module, last.function) != ("django.conf", "_setup"):
            continue
        # where a module's own level asks for it: what it imports cannot be told anything
        frame = next((each for each in own_frames(failure) if each.function == "<module>"), failure.own_frame)
        if frame is None or not failure.is_a("ImproperlyConfigured"):
            continue
        named = named_settings(facts) or tuple(facts.module_of(each) for each in settings_files(facts))
        first = _first_import(facts, frame.file)
        yield finding(
            __name__, "settings", file=frame.file, line=frame.line, data={"modules": named, "line": frame.line},
            cause=f"Django is used before `{VARIABLE}` names its settings module",
            explanation="Settings modules of the project: " + (", ".join(f"`{each}`" for each in named) or "none"),
            related=(Location(frame.file, first, note="the name must be there before Django is used"),) if first else (),
        )  # fmt: skip
        return


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """The name as a default, where there is one."""
    modules, line = finding.data["modules"], finding.data["line"]
    tree = facts.syntax(finding.file)
    if not isinstance(modules, tuple) or len(modules) != 1 or tree is None:
        return None
    statement = next((each for each in tree.body if each.lineno <= int(str(line)) <= (each.end_lineno or each.lineno)), None)
    if statement is None:
        return None
    text = facts.text(finding.file) or b""
    code = f'os.environ.setdefault("{VARIABLE}", "{modules[0]}")'
    edits: tuple[AnyEdit, ...] = ()
    if isinstance(statement, ast.Import | ast.ImportFrom):  # the name must be there ahead of this import
        above = [each for each in tree.body if each.lineno < statement.lineno and isinstance(each, ast.Import)]
        known = any(one.name == "os" and not one.asname for each in above for one in each.names)
        code = code if known else f"import os\n\n{code}"
    else:
        edits = (importing(facts, finding.file, "import os"),)
    edits = (*edits, insert_statement_before(finding.file, text, statement, f"{code}\n"))
    return Fix(f"name the settings module `{modules[0]}`", Safety.SAFE, edits)


def _first_import(facts: Facts, file: str) -> int:
    """The line of a file's first import from Django, 0 for none."""
    tree = facts.syntax(file)
    for node in ast.walk(tree) if tree else ():
        names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        names += [each.name for each in node.names] if isinstance(node, ast.Import) else []
        if any(each.partition(".")[0] == "django" for each in names):
            return int(getattr(node, "lineno", 0))
    return 0
