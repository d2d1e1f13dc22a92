"""The project's start command as its rules read it: which word names the application, and where it stands."""

import posixpath
import re
from collections.abc import Sequence
from dataclasses import dataclass

from bootproof.edits import commands
from bootproof.edits.commands import Word
from bootproof.model.facts import Facts
from bootproof.model.project import StartCommand
from bootproof.model.symptom import Symptom

_SPEC = re.compile(r"(?![\d.]+:)[\w./\\-]+:[A-Za-z_][\w.]*(?:\(.*\))?$")
FLAGS = frozenset(
    {
        "--reload", "--factory", "--use-colors", "--no-use-colors", "--proxy-headers", "--no-proxy-headers",
        "--access-log", "--no-access-log", "--no-server-header", "--server-header", "--date-header", "--preload",
        "--no-date-header", "--reuse-port", "--daemon", "-D", "--debug", "-q", "--capture-output", "--no-reload",
    }
)  # fmt: skip


@dataclass(frozen=True)
class Named:
    """The word of a command that names the application; `module` and `attribute` as far as it says them."""

    word: str
    module: str
    attribute: str


def arguments(start: StartCommand) -> tuple[str, ...]:
    """The words behind the program (and behind `fastapi run`)."""
    words = start.argv
    if words[0].rpartition("/")[2].startswith("python") and start.program != "python":
        words = words[words.index(start.program) :]
    return words[2:] if start.program == "fastapi" else words[1:]


def positional(words: Sequence[str]) -> tuple[str, ...]:
    """The words that are no options and no values of options."""
    found: list[str] = []
    takes = False
    for word in words:
        if word.startswith("-"):
            takes = "=" not in word and word not in FLAGS and not (len(word) > 2 and word[1] != "-")
        elif takes:
            takes = False
        else:
            found.append(word)
    return tuple(found)


def named(start: StartCommand) -> Named | None:
    """What a uvicorn, gunicorn or hypercorn command names as its application; None where it names nothing."""
    words = arguments(start)
    spec = next((word for word in words if _SPEC.match(word)), None) or next(iter(positional(words)), None)
    if spec is None:
        return None
    module, _, attribute = spec.partition(":")
    return Named(spec, module, attribute.partition("(")[0])


def folders(start: StartCommand) -> tuple[str, ...]:
    """Where the command looks for modules of the project, relative to the root."""
    words = start.argv
    if start.program == "python":
        script = next((each for each in words[1:3] if each.endswith(".py")), "")
        first = posixpath.dirname(script) or "."
        return tuple(dict.fromkeys((posixpath.normpath(posixpath.join(start.directory, first)), *start.path)))
    given = [
        words[index + 1]
        for index, word in enumerate(words[:-1])
        if word in ("--app-dir", "--chdir", "--pythonpath", "--working-dir")
    ]
    given += [word.partition("=")[2] for word in words if re.match(r"--(?:app-dir|chdir|pythonpath|working-dir)=", word)]
    inside = [posixpath.normpath(posixpath.join(start.directory, each)) for each in (*given, ".")]
    return tuple(dict.fromkeys((*inside, *start.path)))


def module_file(facts: Facts, module: str, places: Sequence[str]) -> str | None:
    """The own file of a module as it is found from these folders."""
    tail = module.replace(".", "/")
    known = frozenset(facts.python_files())
    for folder in places:
        for ending in (f"{tail}.py", f"{tail}/__init__.py"):
            file = posixpath.normpath(posixpath.join(folder, ending))
            if file in known:
                return file
    return None


def before_own_code(symptom: Symptom) -> bool:
    """Whether it failed in the server itself, with no code of the project on the way."""
    return bool(symptom.chain) and not any(failure.own_frame for failure in symptom.chain)


def written(facts: Facts, start: StartCommand, word: str) -> Word | None:
    """Where one of the command's words stands."""
    return next((each for each in all_written(facts, start) if each.text == word), None)


def all_written(facts: Facts, start: StartCommand) -> tuple[Word, ...]:
    """The command's words as the files say them, from the program on; a file that does not is left out."""
    program = start.program if start.program != "python" else start.argv[0].rpartition("/")[2]
    found: list[Word] = []
    for file in start.files:
        text = facts.text(file)
        line = (start.evidence.line or 1) if file == start.evidence.file else 1
        found += commands.words(file, text, line, program) if text is not None else ()
    return tuple(found)


def place(facts: Facts, start: StartCommand, word: str = "") -> tuple[str, int]:
    """The file and line of the command, or of one of its words."""
    found = written(facts, start, word) if word else None
    if found is not None:
        return found.file, found.line
    return start.evidence.file or start.files[0], start.evidence.line or 1
