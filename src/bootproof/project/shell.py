"""What a shell text does when all goes well, in order: the simple commands that it runs, what it does to variables."""

import posixpath
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

_VARIABLE = re.compile(r"\$\{(\w+)(?::?[-=]([^{}]*)|:?\?[^{}]*)?\}|\$(\w+)")
_SUBSTITUTION = re.compile(r"\$\([^()]*\)|`[^`]*`|<\([^()]*\)")
_STANDS = re.compile(r"\$SUBSTITUTED(\d+)")
_DEFAULT = re.compile(r"\$\{(\w+):?=([^{}]*)\}")
_NAME = re.compile(r"[A-Za-z_]\w*")
_EXPORTS = frozenset({"export", "declare", "typeset", "readonly"})
_FILE_TESTS = frozenset({"-f", "-e", "-r", "-s"})
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")
_HEREDOC = re.compile(r"<<-?\s*['\"]?(\w+)['\"]?")
_TESTS = frozenset({"[", "[[", "test", "command", "which", "type", "!", "true", ":"})
_OPENERS = {"if": "if", "while": "loop", "until": "loop", "for": "for", "case": "case"}
_ALL = ("$@", "${@}", "$*")
_WRITERS = frozenset({"cp", "mv", "ln", "install", "tee"})
_NESTED = 3  # how deep commands within words are looked into


@dataclass(frozen=True)
class Command:
    """One simple command: its words, the assignments before it, the directory it runs in, and its line."""

    argv: tuple[str, ...]
    line: int
    directory: str
    environment: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True)
class Effect:
    """What a line does to the shell's variables.

    `assign` (`name`, `value`; None where it is not known), `default` (assigns where nothing is set), `export` and `unset`
    (`name`), `allexport` (`value` "on" or "off"), `from` (takes what a command prints: `value` is its text; `name` is the word
    that does), `read` (takes the settings file `name`; `value` is "on" where it exports all of it), `written` (the file
    `name`), `unsure`: variables may be set here, or not; "" as `name` for any.
    """

    kind: str
    line: int
    name: str = ""
    value: str | None = None
    file: str = ""  # where it stands, if that is not the script that is read: a function's body


@dataclass
class _Block:
    kind: str  # if, loop, for, case, function
    part: str = "head"  # head, body, else
    kept: bool = False
    name: str = ""
    sure: bool = False  # of an `if`: all that it asks is whether a file is there


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
    done = steps(text, variables, arguments, directory, first_line)
    return tuple(each for each in done if isinstance(each, Command))


def steps(
    text: str,
    variables: Mapping[str, str] = MappingProxyType({}),
    arguments: Sequence[str] = (),
    directory: str = ".",
    first_line: int = 1,
    functions: dict[str, list[Command | Effect]] | None = None,
) -> tuple[Command | Effect, ...]:
    """The commands, and between them what the text does to variables: also where it may, in parts that are left out.

    `functions` are those that are known before; the text's own are added.
    """
    reader = _Reader(dict(variables), tuple(arguments), directory)
    reader.functions = functions if functions is not None else {}
    for line, logical in _logical_lines(text, first_line, reader.printed):
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


def _logical_lines(text: str, first: int, printed: list[str]) -> list[tuple[int, list[str]]]:
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
            words = split(held, printed)
        except ValueError:  # a quote is still open
            if len(held) < 20_000:
                held += "\n"
                continue
            words = []
        found.append((begun, words))
        held = ""
    return found


def split(text: str, printed: list[str] | None = None) -> list[str]:
    """Words and operators of one line; raises ValueError where a quote stays open.

    A command whose output stands in a word is `$SUBSTITUTED0` there, and so on; its text is added to `printed`.
    """
    kept: list[str] = [] if printed is None else printed
    before = len(kept)

    def stand(match: re.Match[str]) -> str:
        kept.append(match[0].strip("$<()`"))
        return f"$SUBSTITUTED{len(kept) - 1}"

    for _inside in range(_NESTED):
        text = _SUBSTITUTION.sub(stand, text)
    lexer = shlex.shlex(text, posix=True, punctuation_chars=";&|()<>")
    lexer.whitespace_split = True
    try:
        return list(lexer)
    except ValueError:
        del kept[before:]
        raise


class _Reader:
    """Follows one script line by line; guards the open blocks, the directory and what was found."""

    def __init__(self, variables: dict[str, str], arguments: tuple[str, ...], directory: str) -> None:
        self.variables, self.arguments, self.directory = variables, arguments, directory
        self.found: list[Command | Effect] = []
        self.blocks: list[_Block] = []
        self.functions: dict[str, list[Command | Effect]] = {}
        self.printed: list[str] = []
        self.asked = False  # whether this `&&` goes on from a test that may say no

    def line(self, number: int, words: list[str]) -> None:
        current: list[str] = []
        before = ""
        redirect = ""
        for word in words:
            if redirect:
                if ">" in redirect:
                    self._add(Effect("written", number, expand(word, self.variables)))
                redirect = ""
            elif word and set(word) <= set("<>&|") and set(word) & set("<>"):
                redirect = word
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
        if not words or after == "&":
            return
        block = self.blocks[-1] if self.blocks else None
        looped = any(each.kind == "loop" and each.part == "body" for each in self.blocks)
        if looped or before in ("||", "|") or any(each.part == "else" and each.kept for each in self.blocks):
            self._unsure(number, words)
            return
        if block and block.part == "head" and (block.kind in ("for", "case") or words[0] in _TESTS):
            block.sure = _asks_for_file(words)
            return
        self.asked = (before == "&&" and self.asked) or (words[0] in ("[", "[[", "test") and not _asks_for_file(words))
        if self.asked or any(each.kind in ("if", "for", "case") and not each.sure for each in self.blocks):
            self._unsure(number, words)
        command = self._command(number, words)
        if command is None:
            return
        if block and block.part == "body":
            block.kept = True
        if command.argv[0] in self.functions and self._function() is None:
            self.found.extend(self.functions[command.argv[0]])
        else:
            self._add(command)

    def _function(self) -> _Block | None:
        return next((each for each in self.blocks if each.kind == "function"), None)

    def _add(self, step: Command | Effect) -> None:
        """Notes a step: of a function's body where it is called."""
        function = self._function()
        (self.found if function is None else self.functions.setdefault(function.name, [])).append(step)

    def _unsure(self, number: int, words: list[str]) -> None:
        """Notes which variables words would set that may be left out, or may not."""
        names = [match[0] for each in words if (match := _NAME.match(each)) and each[match.end() :].startswith("=")]
        if words[0] in _EXPORTS:
            lone = [each for each in words[1:] if "=" not in each and not each.startswith("-")]
            names = [] if any("$" in each.partition("=")[0] for each in words[1:]) else names + lone
            if not names:
                self._add(Effect("unsure", number))
        elif words[0] in ("eval", "source", "."):
            self._add(Effect("unsure", number))
        elif words[0] in _WRITERS:
            self._add(Effect("written", number, expand(words[-1], self.variables)))
        elif len(names) < len(words):
            return  # they hold for that command alone
        for name in names:
            self._add(Effect("unsure", number, name))

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
        for name, default in (pair for word in words for pair in _DEFAULT.findall(word)):
            self._assign(number, name, default, "default")
        own: dict[str, str] = {}
        while words and _ASSIGNMENT.match(words[0]):
            name, _, value = words.pop(0).partition("=")
            own[name] = expand(value, self.variables)
        if not words:
            for name, value in own.items():
                self._assign(number, name, value)
            return None
        if words[0] in _EXPORTS:
            self._export(number, words)
            return None
        if words[0] in ("set", "unset"):
            self._set(number, words)
        if words[0] == "eval":
            self._add(Effect("unsure", number))
        if words[0] in _WRITERS and len(words) > 1:
            self._add(Effect("written", number, expand(words[-1], self.variables)))
        if "env" in words[:2]:
            for each in [each for each in words if _STANDS.fullmatch(each)]:
                words.remove(each)
                self._add(Effect("from", number, "env", self._text(each)))
        if words[0] in ("source", ".") and len(words) > 1 and _STANDS.fullmatch(words[1]):
            self._add(Effect("from", number, "source", self._text(words[1])))
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

    def _assign(self, number: int, name: str, value: str, kind: str = "assign") -> None:
        """Sets a variable; the effect has no value where only the shell knows it."""
        if kind == "assign" or not self.variables.get(name):
            self.variables[name] = value
        self._add(Effect(kind, number, name, None if "$" in value else value))

    def _export(self, number: int, words: list[str]) -> None:
        if words[0] != "export" and not any(each.startswith("-") and "x" in each for each in words[1:]):
            for name, equals, value in (each.partition("=") for each in words[1:]):
                if equals:
                    self._assign(number, name, expand(value, self.variables))
            return
        for word in words[1:]:
            name, equals, value = word.partition("=")
            if _STANDS.fullmatch(word):
                self._add(Effect("from", number, "export", self._text(word)))
            elif "$" in name:
                self._add(Effect("unsure", number))
            elif not word.startswith("-"):
                if equals:
                    self._assign(number, name, expand(value, self.variables))
                self._add(Effect("export", number, name))

    def _set(self, number: int, words: list[str]) -> None:
        if words[0] == "unset":
            for name in words[1:]:
                self.variables.pop(name, None)
                self._add(Effect("unset", number, name))
            return
        for flags, following in zip(words[1:], [*words[2:], ""], strict=True):
            if flags[:1] not in ("-", "+") or flags in ("-", "--"):
                continue
            if "a" in flags[1:] or ("o" in flags[1:] and following == "allexport"):
                self._add(Effect("allexport", number, value="on" if flags[0] == "-" else "off"))

    def _text(self, word: str) -> str:
        """The text of the command whose output stands in a word, with those inside it."""
        text = word
        for _inside in range(_NESTED):
            text = _STANDS.sub(lambda match: self.printed[int(match[1])], text)
        return text


def _asks_for_file(words: Sequence[str]) -> bool:
    """Whether a test asks only whether a file is there."""
    inside = [each for each in words if each not in ("[", "]", "[[", "]]", "test", "if")]
    return len(inside) == 2 and inside[0] in _FILE_TESTS
