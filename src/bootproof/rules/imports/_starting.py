"""Start commands that look for the project's package in the wrong folder, and the words that look in the right one."""

import posixpath

from bootproof.edits import commands
from bootproof.model.edit import AnyEdit
from bootproof.model.facts import Facts
from bootproof.model.finding import Fix
from bootproof.model.words import Safety
from bootproof.rules.server._command import named, written

_OPTIONS = {"uvicorn": "--app-dir", "gunicorn": "--pythonpath"}


def script(facts: Facts) -> str | None:
    """The own file that the start command runs as a script, None where it runs none."""
    start = facts.project.start
    if start is None or start.program != "python":
        return None
    word = next((each for each in start.argv[1:] if not each.startswith("-")), "")
    file = posixpath.normpath(posixpath.join(start.directory, word))
    return file if word.endswith(".py") and "-m" not in start.argv and facts.text(file) is not None else None


def from_folder(facts: Facts, parent: str) -> Fix | None:
    """The start command with `parent` on the path; None where its words do not stand in a file, or it has no such option."""
    start, target, ran = facts.project.start, facts.project.target, script(facts)
    if start is None or target is None:
        return None
    if ran is not None:
        word = next(each for each in start.argv if each.endswith(".py"))
        at = written(facts, start, word)
        if at is None or posixpath.normpath(start.directory) != parent:
            return None
        module = posixpath.relpath(ran, parent).removesuffix(".py").replace("/", ".")
        text = facts.text(at.file) or b""
        quote = text[at.start - 1 : at.start].decode("latin-1")
        listed = quote in ("'", '"') and text[: at.start - 1].rstrip()[-1:] in (b"[", b",")
        # each word of a list is one argument
        edit = commands.replaced(text, at, f"-m{quote}, {quote}{module}" if listed else f"-m {module}")
        return Fix(f"start it with `python -m {module}`", Safety.SAFE, (edit,))
    name, option = named(start), _OPTIONS.get(start.program)
    at = written(facts, start, name.word) if name is not None else None
    if name is None or at is None or option is None or option in " ".join(start.argv):
        return None
    module = posixpath.relpath(posixpath.splitext(target.file)[0], parent).replace("/", ".").removesuffix(".__init__")
    text = facts.text(at.file) or b""
    edits: tuple[AnyEdit, ...] = (
        commands.replaced(text, at, f"{module}:{name.attribute or target.attribute}"),
        commands.added(text, at, option, posixpath.relpath(parent, start.directory)),
    )
    return Fix(
        f"start `{module}:{name.attribute or target.attribute}`, looked for in `{parent}`",
        Safety.UNSAFE,
        edits,
        loses=f"the modules have other names then: `{target.module}` is `{module}`",
    )
