"""Simple commands of a shell text, in the order in which they would run when all goes well."""

import posixpath
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

_VARIABLE = re.compile(r"\$\{(\w+)(?::?[-=]([^{}]*)|:?\?[^{}]*)?\}|\$(\w+)")
_SUBSTITUTION = re.compile(r"\$\([^()]*\)|`[^`]*`")
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")
_HEREDOC = re.compile(r"<<-?\s*['\"]?(\w+)['\"]?")
_TESTS = frozenset({"[", "[[", "test", "command", "which", "type", "!", "true", ":"})
_OPENERS = {"if": "if", "while": "loop", "until": "loop", "for": "for", "case": "case"}
_ALL = ("$@", "${@}", "$*")


@dataclass(frozen=True)
class Command:
    """One simple command: its words, the assignments before it, the directory it runs in, and its line."""

    argv: tuple[str, ...]
    line: int
    directory: str
    environment: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


@dataclass
class _Block:
    kind: str  # if, loop, for, case, function
    part: str = "head"  # head, body, else
    kept: bool = False
    name: str = ""


def commands(
    text: str,
    variables: Mapping[str, str] = MappingProxyType({}),
    arguments: Sequence[str] = (),
    directory: str = ".",
    first_line: int = 1,
) -> tuple[Command, ...]:
    """The commands that a script runs when every one succeeds, background and fallback (`||`) ones left out.

    Of an `if` its `then` branch counts, its `else` only where that is empty; the body of a wait loop does not
    count. Variables that are not known stay as they stand; `arguments` are the script's own (`"$@"`).
    """
    reader = _Reader(dict(variables), tuple(arguments), directory)
    for line, logical in _logical_lines(text, first_line):
        reader.line(line, logical)
    return tuple(reader.found)


def expand(word: str, variables: Mapping[str, str]) -> str:
    """A word with `$NAME`, `${NAME}` and `${NAME:-default}` replaced,
    where the value or a default is known.
    """

    def value(match: re.Match[str]) -> str:
        name = match[1] or match[3]
        known = variables.get(name) or match[2]
        return match[0] if known is None else known

    return _VARIABLE.sub(value, word)


def _logical_lines(text: str, first: int) -> list[tuple[int, list[str]]]:
    found: list[tuple[int, list[str]]] = []
    held, begun, until = "", first, ""
    for number, raw in enumerate(text.replace("\r\n", "\n").split("\n"), first):
        if until:
            until = "" if raw.strip() == until else until
            continue
        if not held:
            begun = number
        held += raw
        if held.endswith("\\"):
            held = held[:-1] + " "
            continue
        heredoc = _HEREDOC.search(held)
        until = heredoc[1] if heredoc and "<<<" not in held else ""
        try:
            words = split(held)
        except ValueError:  # a quote is still open
            if len(held) < 20_000:
                held += "\n"
                continue
            words = []
        found.append((begun, words))
        held = ""
    return found


def split(text: str) -> list[str]:
    """Words and operators of one line; raises ValueError where a quote stays open."""
    lexer = shlex.shlex(_SUBSTITUTION.sub("$SUBSTITUTED", text), posix=True, punctuation_chars=";&|()<>")
    lexer.whitespace_split = True
    return list(lexer)


class _Reader:
    """Follows one script line by line; guards the open blocks, the directory and what was found."""

    def __init__(self, variables: dict[str, str], arguments: tuple[str, ...], directory: str) -> None:
        self.variables, self.arguments, self.directory = variables, arguments, directory
        self.found: list[Command] = []
        self.blocks: list[_Block] = []
        self.functions: dict[str, list[Command]] = {}

    def line(self, number: int, words: list[str]) -> None:
        current: list[str] = []
        before = ""
        redirect = False
        for word in words:
            if redirect:
                redirect = False
            elif word and set(word) <= set("<>&|") and set(word) & set("<>"):
                redirect = True
                if current and current[-1] in ("1", "2"):
                    current.pop()
            elif word == "()" and current:
                self.blocks.append(_Block("function", "body", name=current.pop()))
            elif word and set(word) <= set(";&|()"):
                if word.startswith(")") and self.blocks and self.blocks[-1].kind == "case":
                    current = []  # the pattern of a case branch
                    continue
                self.end(number, current, before, word)
                current, before = [], word.strip("()")
            else:
                current.append(word)
        self.end(number, current, before, "\n")

    def end(self, number: int, words: list[str], before: str, after: str) -> None:
        while words and self._keyword(words):
            pass
        if not words or before in ("||", "|") or after == "&":
            return
        block = self.blocks[-1] if self.blocks else None
        if any(each.kind == "loop" and each.part == "body" for each in self.blocks):
            return
        if any(each.part == "else" and each.kept for each in self.blocks):
            return
        if block and block.part == "head" and (block.kind in ("for", "case") or words[0] in _TESTS):
            return
        command = self._command(number, words)
        if command is None:
            return
        if block and block.part == "body":
            block.kept = True
        function = next((each for each in self.blocks if each.kind == "function"), None)
        if function:
            self.functions.setdefault(function.name, []).append(command)
        elif command.argv[0] in self.functions:
            self.found.extend(self.functions[command.argv[0]])
        else:
            self.found.append(command)

    def _keyword(self, words: list[str]) -> bool:
        """Take one reserved word off the front and follow it; False where there is none."""
        word = words[0]
        if word in _OPENERS:
            self.blocks.append(_Block(_OPENERS[word]))
        elif word in ("then", "do") and self.blocks:
            self.blocks[-1].part = "body"
        elif word in ("else", "elif") and self.blocks:
            self.blocks[-1].part = "else"
        elif (word in ("fi", "done", "esac") and self.blocks) or (
            word == "}" and self.blocks and self.blocks[-1].kind == "function"
        ):
            self.blocks.pop()
        elif word == "in" and self.blocks and self.blocks[-1].kind == "case":
            self.blocks[-1].part = "body"
        elif word not in ("!", "{", "}", "function"):
            return False
        words.pop(0)
        if word in ("for", "case"):
            if "in" in words and word == "case":
                self.blocks[-1].part = "body"
            words.clear()
        return True

    def _command(self, number: int, words: list[str]) -> Command | None:
        own: dict[str, str] = {}
        while words and _ASSIGNMENT.match(words[0]):
            name, _, value = words.pop(0).partition("=")
            own[name] = expand(value, self.variables)
        if not words:
            self.variables.update(own)
            return None
        if words[0] == "export":
            for word in words[1:]:
                name, equals, value = word.partition("=")
                if equals:
                    self.variables[name] = expand(value, self.variables)
            return None
        argv: list[str] = []
        for word in words:
            if word in _ALL:
                argv.extend(self.arguments)
            elif re.fullmatch(r"\$[1-9]", word):
                argv.extend(self.arguments[int(word[1]) - 1 : int(word[1])])
            else:
                argv.append(expand(word, {**self.variables, **own}))
        if argv and argv[0] == "cd":
            if len(argv) > 1 and "$" not in argv[1]:
                self.directory = posixpath.normpath(posixpath.join(self.directory, argv[1]))
            return None
        return Command(tuple(argv), number, self.directory, {**self.variables, **own}) if argv else None
