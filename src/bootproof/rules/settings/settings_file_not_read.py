"""A settings file has the value, and the start does not read it in time

## What happens
A setting is missing although a settings file of the project has it.

## Why the server cannot start
A relative path (`env_file=".env"`, `load_dotenv("config/.env")`) counts from the working directory, which is
where the server was started and not where the file is. A file that no code asks for is not read at all; one
that `load_dotenv` reads after the module that needs it was imported comes too late; and what pydantic-settings
reads from its `env_file` never enters the environment.

## How to recognise it
A field is missing, or a read of the environment found nothing. A settings file that is no template has the
variable. The path that the code names leads to it from the folder of the code and not from the working
directory; or nothing names it; or the call that reads it stands behind the line that was running.

## How it is fixed
The path is told from the file that names it; the call that comes too late is moved up; where nothing asks for
the file, the settings class gets an `env_file`, or the module that reads the variable a `load_dotenv()`.

## Fix safety
Safe for a path and for an order: the code asks for that file. Unsafe where nothing asks for it: it is then read
wherever it lies.

## References
https://docs.pydantic.dev/latest/concepts/pydantic_settings/#dotenv-env-support,
https://saurabh-kumar.com/python-dotenv/
"""

from collections.abc import Iterable

from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix, Location
from bootproof.model.symptom import Symptom
from bootproof.model.words import Safety
from bootproof.rules.registry import finding
from bootproof.rules.settings._missing import Missed, missed
from bootproof.rules.settings._unread import Unread, mend, unread

CODE = "BP307"
_TOLD = {
    "elsewhere": "the path that is written does not lead to it from the working directory",
    "late": "it is read after the code that needs it",
    "unasked": "nothing that the start runs asks for it there",
}


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """One finding for each settings file and place that should have read it."""
    found: dict[tuple[str, str, int], tuple[Unread, list[Missed]]] = {}
    for each in missed(symptom, facts):
        held = unread(facts, each)
        if held is not None:
            found.setdefault((held.value.file, held.file, held.line), (held, []))[1].append(each)
    for held, those in found.values():
        names = ", ".join(f"`{each}`" for each in dict.fromkeys(one.variable for one in those))
        yield finding(
            __name__,
            ":".join([held.value.file, held.why, *([those[0].owner.node.name] if those[0].owner else [])]),
            file=held.file,
            line=held.line,
            cause=f"`{held.value.file}` sets {names}, and {_TOLD[held.why]}",
            related=(
                Location(held.value.file, held.value.line, note=held.value.key),
                *(Location(each.file, each.line, note=f"needs `{each.variable}`") for each in those),
            ),
            data={"unread": held},
        )


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """What makes the start read the file."""
    held = finding.data["unread"]
    edits = mend(facts, held) if isinstance(held, Unread) else ()
    if not isinstance(held, Unread) or not edits:
        return None
    titles = {
        "elsewhere": f"name `{held.value.file}` relative to the file that names it",
        "late": "read the settings file before the code that needs it",
        "unasked": f"read `{held.value.file}` at the start",
    }
    unasked = held.why == "unasked"
    return Fix(
        titles[held.why],
        Safety.UNSAFE if unasked else Safety.SAFE,
        edits,
        loses=f"that only what is set outside counts: `{held.value.file}` is then read wherever it lies" if unasked else "",
    )
