"""Options of a start command: what they are given, and edits of them where the command is written."""

import json
import re
import shlex
from dataclasses import dataclass

from bootproof.edits import commands
from bootproof.edits.commands import Word
from bootproof.edits.making import edit
from bootproof.model.edit import Edit
from bootproof.model.facts import Facts
from bootproof.model.project import StartCommand
from bootproof.rules.server._command import FLAGS, all_written, arguments


@dataclass(frozen=True)
class Option:
    """One option, its value ("" for none), and the words that it takes of the command."""

    name: str
    value: str
    words: tuple[str, ...]


def options(start: StartCommand) -> tuple[Option, ...]:
    """The options of a command, those without a value too."""
    words = arguments(start)
    found: list[Option] = []
    for index, word in enumerate(words):
        if not word.startswith("-"):
            continue
        name, equals, value = word.partition("=")
        behind = words[index + 1] if index + 1 < len(words) else None
        if equals or name in FLAGS or behind is None or behind.startswith("--"):
            found.append(Option(name, value, (word,)))
        else:
            found.append(Option(name, behind, (word, behind)))
    return tuple(found)


def file_named(facts: Facts, name: str) -> str | None:
    """The one file of the project that has this name, None where there is none or there are several."""
    found = [file for file in facts.files() if file.rpartition("/")[2] == name]
    return found[0] if len(found) == 1 else None


def respelled(facts: Facts, start: StartCommand, option: Option, name: str, value: str | None = None) -> Edit | None:
    """The option under another name, or with another value."""
    words = _written(facts, start, option)
    if not words:
        return None
    text = facts.text(words[0].file) or b""
    value = option.value if value is None else value
    if len(words) == 2:
        return commands.replaced(text, words[1], value) if name == option.name else commands.replaced(text, words[0], name)
    return commands.replaced(text, words[0], f"{name}={value}" if "=" in words[0].text else name)


def left_out(facts: Facts, start: StartCommand, option: Option) -> Edit | None:
    """The command without the option."""
    words = _written(facts, start, option)
    if not words:
        return None
    text = facts.text(words[0].file) or b""
    begin, end = _whole(text, words[0])[0], _whole(text, words[-1])[1]
    before = re.search(rb"[ \t]*,?[ \t]*(?:\\\r?\n[ \t]*|\r?\n[ \t]*-?[ \t]*)?$", text[:begin])
    return edit(words[0].file, text, before.start() if before else begin, end, "")


def with_port(facts: Facts, start: StartCommand, option: Option) -> tuple[Edit, ...]:
    """The port taken from the variable; where no shell reads the command, one is called."""
    words = _written(facts, start, option)
    if not words:
        return ()
    text = facts.text(words[0].file) or b""
    variable = re.sub(r"\W", "", option.value) or "PORT"
    value = f"${{{variable}:-8000}}"
    opened = text.rfind(b"[", 0, words[0].start)
    listed = _list_of(text, opened, words[0].start)
    last = words[-1]
    if listed is None or not re.search(r"(?:^|/)[^/]*(?:Docker|Container)file", words[0].file):
        if len(words) == 1:
            new = f"{option.name}={value}" if "=" in last.text else f"{last.text} {value}"
            end = last.end + (2 if text[last.end : last.end + 2] in (b"''", b'""') else 0)
            return (edit(last.file, text, last.start, end, new),)
        begin, end = _whole(text, last) if listed is None else (last.start, last.end)
        return (edit(last.file, text, begin, end, value),)
    end, spoken = listed
    if option.value in spoken:
        at = max(index for index, word in enumerate(spoken) if word == option.value)
        spoken[at] = value
    line = " ".join(word if word == value else f'"{word}"' if "$" in word else shlex.quote(word) for word in spoken)
    return (edit(last.file, text, opened, end, json.dumps(["sh", "-c", f"exec {line}"])),)


def _list_of(text: bytes, opened: int, at: int) -> tuple[int, list[str]] | None:
    """Where the JSON list that holds a place ends, and its words; None where it stands in none."""
    end = text.find(b"]", at) + 1
    if opened < 0 or not end or b"]" in text[opened:at]:
        return None
    try:
        words = json.loads(re.sub(rb"\\\r?\n", b" ", text[opened:end]))
    except ValueError:
        return None
    return (end, words) if isinstance(words, list) and all(isinstance(each, str) for each in words) else None


def _whole(text: bytes, word: Word) -> tuple[int, int]:
    """A word with its quotes."""
    quoted = text[word.start - 1 : word.start] in (b'"', b"'") and text[word.start - 1] == text[word.end]
    return (word.start - 1, word.end + 1) if quoted else (word.start, word.end)


def _written(facts: Facts, start: StartCommand, option: Option) -> tuple[Word, ...]:
    """The words of the option where the command is written; its value may stand there unfilled."""
    words = all_written(facts, start)
    for index, word in enumerate(words):
        if word.text == option.name or word.text.startswith(option.name + "="):
            behind = words[index + 1 : index + 2]
            return (word, *behind) if len(option.words) == 2 else (word,)
    return ()
