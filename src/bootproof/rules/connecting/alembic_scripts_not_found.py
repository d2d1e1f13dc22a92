"""Alembic does not find its configuration or its folder of scripts

## What happens
`alembic upgrade head` fails: there is no `script_location`, or the path that it names does not exist.

## Why the server cannot start
Alembic reads `alembic.ini` in the directory where it is run, unless `-c` names another file, and takes
`script_location` as relative to that directory too. Run from elsewhere, or after a folder was renamed, it
finds neither. The migrations run before the server.

## How to recognise it
Alembic refused to begin, what the project runs before its server is Alembic, and the file or the folder
that it reads is not in the tree.

## How it is fixed
`script_location` gets the one folder of the project that holds an `env.py` of Alembic. An ini file that lies
elsewhere is named with `-c`, and its own paths are told relative to it, with `%(here)s`. Where there is no
ini file, and `env.py` sets the URL by itself, one is written that names its folder.

## Fix safety
Safe where the file or the folder is there. Unsafe where the ini file is written anew.

## References
https://alembic.sqlalchemy.org/en/latest/tutorial.html#editing-the-ini-file
"""

import posixpath
from collections.abc import Iterable, Iterator

from bootproof.edits.commands import added, words
from bootproof.edits.ini import option
from bootproof.model.edit import AnyEdit, Edit
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix
from bootproof.model.project import Migrations, PrestartCommand
from bootproof.model.symptom import Symptom
from bootproof.model.words import Safety
from bootproof.rules.connecting._alembic import env_of
from bootproof.rules.registry import finding

CODE = "BP662"


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The command whose configuration is missing, or the option that names a folder which is not there."""
    if not any(each.is_a("alembic.util.exc.CommandError") and _of_scripts(each.frames) for each in symptom.failures):
        return
    command = next((each for each in facts.project.prestart if each.argv == symptom.command), None)
    if command is not None and facts.text(_configuration(command)) is None:
        said = next((each for each in command.evidence if each.file and each.line), None)
        if said is None or said.file is None:
            return
        yield finding(
            __name__,
            "configuration",
            file=said.file,
            line=said.line or 1,
            data={"command": command},
            cause=f"`{' '.join(command.argv)}` reads `{_configuration(command)}`, which does not exist",
            explanation="Alembic reads the file in the directory where it is run, unless `-c` names another.",
        )
        return
    for each in facts.project.migrations:
        told = option(facts.text(each.ini) or b"", "alembic", "script_location")
        if told is None or facts.text(env_of(each)) is not None:
            continue
        yield finding(
            __name__,
            "script_location",
            file=each.ini,
            line=told.line,
            data={"migrations": each, "command": command},
            cause=f"`script_location` is `{told.value}`, and there is no such folder with an `env.py`",
            explanation="Alembic's scripts (`env.py`, `versions`) live in the folder that it names.",
        )
        return


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """The configuration named in the command, or the folder named in the configuration."""
    command, folders = finding.data["command"], list(_scripts(facts))
    if finding.key == "script_location":
        migrations, text = finding.data["migrations"], facts.text(finding.file) or b""
        told = option(text, "alembic", "script_location")
        if not isinstance(migrations, Migrations) or told is None or len(folders) != 1:
            return None
        here = told.value.startswith("%(here)s")
        base = posixpath.dirname(finding.file) if here else command.directory if isinstance(command, PrestartCommand) else "."
        new = ("%(here)s/" if here else "") + posixpath.relpath(folders[0], base or ".")
        return Fix(f"name `{folders[0]}`", Safety.SAFE, (told.given(finding.file, text, new),))
    assert isinstance(command, PrestartCommand)
    if len(facts.project.migrations) == 1:
        ini = facts.project.migrations[0].ini
        program = words(finding.file, facts.text(finding.file) or b"", finding.line, "alembic")
        if not program or not ini.endswith(".ini") or {"-c", "--config"} & set(command.argv):
            return None
        option_c = added(facts.text(finding.file) or b"", program[0], "-c", posixpath.relpath(ini, command.directory))
        return Fix(f"name `{ini}` with `-c`", Safety.SAFE, (option_c, *_told_from_here(ini, command, facts)))
    if facts.project.migrations or len(folders) != 1 or b"set_main_option" not in (facts.text(f"{folders[0]}/env.py") or b""):
        return None
    location = posixpath.relpath(folders[0], command.directory)
    lines = f"[alembic]\nscript_location = {location}\nprepend_sys_path = .\n"
    return Fix(
        f"write `{_configuration(command)}`",
        Safety.UNSAFE,
        (Edit(_configuration(command), 0, 0, "", lines, creates=True),),
        loses="what else the lost file said (names of version files, logging, hooks)",
    )


def _of_scripts(frames: Iterable[object]) -> bool:
    return any(getattr(each, "module", "") == "alembic.script.base" for each in frames)


def _configuration(command: PrestartCommand) -> str:
    """The file that the command reads, relative to the project."""
    given = [command.argv[index + 1] for index, word in enumerate(command.argv[:-1]) if word in ("-c", "--config")]
    return posixpath.normpath(posixpath.join(command.directory, given[-1] if given else "alembic.ini"))


def _scripts(facts: Facts) -> Iterator[str]:
    """The folders of the project that hold an `env.py` of Alembic."""
    for file in facts.files_with(b"alembic", b"context", b"run_migrations"):
        if file.endswith("/env.py"):
            yield posixpath.dirname(file)


def _told_from_here(ini: str, command: PrestartCommand, facts: Facts) -> Iterator[AnyEdit]:
    """The edits that tell paths of an ini file relative to the file itself, where they do not hold where it is run."""
    text = facts.text(ini) or b""
    scripts = option(text, "alembic", "script_location")
    held = posixpath.join(command.directory, scripts.value, "env.py") if scripts is not None else ""
    if held and facts.text(posixpath.normpath(held)) is not None:
        return
    for name in ("script_location", "prepend_sys_path"):
        told = option(text, "alembic", name)
        if told is not None and not told.value.startswith(("%(here)s", "/")) and ":" not in told.value:
            inside = posixpath.normpath(told.value)
            yield told.given(ini, text, "%(here)s" if inside == "." else f"%(here)s/{inside}")
