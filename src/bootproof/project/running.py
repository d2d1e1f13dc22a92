"""What a command line or a shell text comes to: commands, and what is done to variables, through the scripts that it runs."""

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from bootproof.model.project import Evidence
from bootproof.project import shell
from bootproof.project.containers import Image
from bootproof.project.envfiles import is_settings_file
from bootproof.project.servers import giver, option, unwrapped
from bootproof.project.sources import Sources

_SHELLS = re.compile(r"(?:/usr)?(?:/bin/)?(?:ba|da|z|a)?sh$")
_DEPTH = 6


@dataclass(frozen=True)
class Ran:
    """A command, or what a line does to variables; `shells` are the processes that it happens in, the outermost first."""

    argv: tuple[str, ...]
    directory: str
    environment: Mapping[str, str]
    evidence: Evidence
    literal: bool = False
    effect: shell.Effect | None = None
    shells: tuple[tuple[str | None, int | None, int], ...] = ()


def effects_on(ran: Sequence[Ran], index: int) -> Iterator[tuple[shell.Effect, Evidence]]:
    """What the shells that a command runs in did to variables before it."""
    shells = ran[index].shells
    for number, each in enumerate(ran[:index]):
        if each.effect is None or (each.effect.kind != "written" and shells[: len(each.shells)] != each.shells):
            continue  # a file that another shell wrote stays
        others = (one for one in ran[number + 1 : index] if one.argv and one.shells == each.shells)
        if each.effect.name != "env" or not any(others):  # `env` gives them to the next command alone
            yield each.effect, each.evidence


def ran_of_text(
    sources: Sources,
    text: str,
    variables: Mapping[str, str],
    arguments: tuple[str, ...],
    directory: str,
    image: Image | None,
    evidence: Evidence,
    depth: int,
    first_line: int | None = None,
    functions: dict[str, list[shell.Command | shell.Effect]] | None = None,
) -> list[Ran]:
    """The commands of a text and what it does to variables; `functions` are those that were sourced before, its own added."""
    found: list[Ran] = []
    functions = {} if functions is None else functions
    expanded = tuple(shell.expand(word, variables) for word in arguments)
    before = set(functions)
    own = shell.steps(text, variables, expanded, directory, first_line or 1, functions)
    for name in functions.keys() - before:
        functions[name] = [_in_file(each, evidence.file) for each in functions[name]]
    for command in _called(own, functions):
        if isinstance(command, shell.Effect):
            line = evidence.line if first_line is None else command.line
            found.append(Ran((), directory, variables, Evidence("", command.file or evidence.file, line), effect=command))
            continue
        told = evidence
        if first_line is not None:
            told = Evidence(shell_join(command.argv), evidence.file, command.line)
        environment = {**variables, **command.environment}
        found.extend(ran_of_words(sources, command.argv, environment, command.directory, image, told, depth, functions=functions))
    return found


def _in_file(step: shell.Command | shell.Effect, file: str | None) -> shell.Command | shell.Effect:
    return replace(step, file=step.file or file or "") if isinstance(step, shell.Effect) else step


def _called(
    steps: Iterable[shell.Command | shell.Effect], functions: Mapping[str, list[shell.Command | shell.Effect]]
) -> Iterator[shell.Command | shell.Effect]:
    """The steps; of a call of a function that a sourced script brings, what it does."""
    for each in steps:
        yield from functions.get(each.argv[0], (each,)) if isinstance(each, shell.Command) else (each,)


def ran_of_words(
    sources: Sources,
    argv: tuple[str, ...],
    variables: Mapping[str, str],
    directory: str,
    image: Image | None,
    evidence: Evidence,
    depth: int,
    *,
    literal: bool = False,
    functions: dict[str, list[shell.Command | shell.Effect]] | None = None,
) -> list[Ran]:
    """One command, or the commands of the script that it runs."""
    if depth > _DEPTH:
        return []
    step = _given_by_wrapper(sources, argv, directory, image, evidence)
    if step is not None:
        effect, inner = step
        around = argv[: len(argv) - len(inner)]  # with the wrapper's own words
        if env_file := option(around, "--env-file"):
            variables = {**variables, "UV_ENV_FILE": env_file}
        found = ran_of_words(
            sources, inner, variables, directory, image, evidence, depth + 1, literal=literal, functions=functions
        )
        return _in_process([Ran((), directory, variables, evidence, effect=effect), *found], evidence, depth)
    env_file = option(argv, "--env-file")
    argv = unwrapped(argv)
    if not argv:
        return []
    if env_file and not option(argv, "--env-file"):
        variables = {**variables, "UV_ENV_FILE": env_file}
    script, arguments = argv[0], argv[1:]
    sourced = script in (".", "source")
    if _SHELLS.fullmatch(script) or sourced:
        while arguments and arguments[0].startswith("-"):
            flag, arguments = arguments[0], arguments[1:]
            if "c" in flag.lstrip("-") and not flag.startswith("--") and arguments:
                inside = ran_of_text(sources, arguments[0], variables, arguments[2:], directory, image, evidence, depth + 1)
                return _in_process(inside, evidence, depth)
        if not arguments:
            return []
        script, arguments = arguments[0], arguments[1:]
        file = _script(sources, script, directory, image)
        if sourced and (script.endswith("activate") or script == "/dev/null"):
            return []
        if file is None and sourced:  # what it sets is not here
            unsure = shell.Effect("unsure", evidence.line or 1)
            return [Ran((), directory, variables, evidence, effect=unsure)]
        if file is None:
            return [Ran(argv, directory, variables, evidence, literal)]
    else:
        file = _script(sources, script, directory, image) if "/" in script or script.endswith(".sh") else None
        if file is None or file.endswith(".py"):
            return [Ran(argv, directory, variables, evidence, literal)]
    text = sources.decoded(file) or ""
    if re.match(r"#!.*python", text) or "\x00" in text:
        return []
    if re.search(r"(?:^|/)\.?env(?:\.|$)|\.env$|activate$", file):
        if sourced and is_settings_file(file):
            return [Ran((), directory, variables, evidence, effect=shell.Effect("read", evidence.line or 1, file))]
        if not sourced:
            return []
    inside = ran_of_text(
        sources,
        text,
        variables,
        arguments,
        directory,
        image,
        Evidence(evidence.text, file),
        depth + 1,
        first_line=1,
        functions=functions if sourced else None,
    )
    return inside if sourced else _in_process(inside, evidence, depth)


def _given_by_wrapper(
    sources: Sources, argv: tuple[str, ...], directory: str, image: Image | None, evidence: Evidence
) -> tuple[shell.Effect, tuple[str, ...]] | None:
    """What a program that gives variables to a command sets, and that command; None where the words are no such program.

    `dotenv run` reads its file over what is set (https://saurabh-kumar.com/python-dotenv/reference/).
    """
    wrapper = giver(argv)
    if wrapper is None:
        return None
    name, words, inner = wrapper
    line = evidence.line or 1
    if name != "dotenv":
        return shell.Effect("unsure", line), inner
    own = words[: len(words) - len(inner)]
    place = place_of(image, posixpath.normpath(posixpath.join(directory, option(own, "-f", "--file") or ".env")))
    if place and sources.exists(place):
        return shell.Effect("read", line, place, "on"), inner
    return shell.Effect("unsure", line), inner


def _in_process(ran: Iterable[Ran], evidence: Evidence, depth: int) -> list[Ran]:
    """What runs in a shell of its own: what it does to variables stays there."""
    return [replace(each, shells=((evidence.file, evidence.line, depth), *each.shells)) for each in ran]


def _script(sources: Sources, word: str, directory: str, image: Image | None) -> str | None:
    place = place_of(image, posixpath.normpath(posixpath.join(directory, word)))
    if place and sources.exists(place):
        return place
    # An image may get its script by another name of the folder: the one file of this name is meant.
    name = posixpath.basename(word)
    same = [file for file in sources.files() if file.rpartition("/")[2] == name]
    return same[0] if len(same) == 1 else None


def place_of(image: Image | None, directory: str) -> str | None:
    """The folder of the project behind a working directory, None where there is none."""
    if image is not None:
        return image.inside(directory)
    if directory.startswith(("..", "/")):
        return None
    return directory


def shell_join(argv: Iterable[str]) -> str:
    """Words as one readable line."""
    return " ".join(f"'{word}'" if re.search(r"\s", word) else word for word in argv)
