"""`fileConfig` reads logging sections that the ini file does not have

## What happens
`alembic upgrade` raises `KeyError: 'formatters'` (or `'loggers'`, `'handlers'`).

## Why the server cannot start
The `env.py` of Alembic's template hands the ini file to `logging.config.fileConfig`, which wants the
sections `[loggers]`, `[handlers]` and `[formatters]`. An ini file that was cut down to its essentials lacks
them, and the migrations run before the server.

## How to recognise it
The standard library's `logging.config` raised the error below the project's own `env.py`, with the name of a
section that the ini file does not have.

## How it is fixed
The missing sections are added: where all are missing, as `alembic init` writes them.

## Fix safety
Safe: warnings go to standard error, which is what Python does without a configuration.

## References
https://docs.python.org/3/library/logging.config.html#configuration-file-format
"""

from collections.abc import Iterable

from bootproof.edits.ini import add_at_end, sections
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix, Location
from bootproof.model.symptom import Symptom
from bootproof.model.words import Safety
from bootproof.rules.connecting._alembic import environment_of
from bootproof.rules.reading import own_frames
from bootproof.rules.registry import finding

CODE = "BP664"
WANTED = ("loggers", "handlers", "formatters")
WHOLE = """\
[loggers]
keys = root,sqlalchemy,alembic

[handlers]
keys = console

[formatters]
keys = generic

[logger_root]
level = WARNING
handlers = console
qualname =

[logger_sqlalchemy]
level = WARNING
handlers =
qualname = sqlalchemy.engine

[logger_alembic]
level = INFO
handlers =
qualname = alembic

[handler_console]
class = StreamHandler
args = (sys.stderr,)
level = NOTSET
formatter = generic

[formatter_generic]
format = %(levelname)-5.5s [%(name)s] %(message)s
datefmt = %H:%M:%S
"""
EMPTY = {
    "loggers": "[loggers]\nkeys = root\n\n[logger_root]\nlevel = WARNING\nhandlers =\n",
    "handlers": "[handlers]\nkeys =\n",
    "formatters": "[formatters]\nkeys =\n",
}


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The ini file whose sections are missing."""
    for failure in symptom.failures:
        if not failure.is_a("KeyError") or not any(each.module == "logging.config" for each in failure.frames):
            continue
        for frame in own_frames(failure):
            environment = environment_of(facts, frame.file)
            present = sections(facts.text(environment.ini) or b"") if environment is not None else ()
            missing = tuple(each for each in WANTED if each not in present)
            if environment is None or not missing:
                continue
            yield finding(
                __name__,
                "sections",
                file=environment.ini,
                line=1,
                data={"missing": missing},
                cause=f"`fileConfig` reads {', '.join(f'`[{each}]`' for each in missing)}, which the ini file does not have",
                explanation="`env.py` configures logging from it.",
                related=(Location(frame.file, frame.line, note="read here"),),
            )
            return


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """The missing sections, behind the others."""
    missing = finding.data["missing"]
    assert isinstance(missing, tuple)
    lines = WHOLE if missing == WANTED else "\n".join(EMPTY[each] for each in missing)
    edit = add_at_end(finding.file, facts.text(finding.file) or b"", lines)
    return Fix("add the sections for logging", Safety.SAFE, (edit,))
