"""What a start's shell exports to its server: the last value of each variable, and where it stands."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from bootproof.model.project import Evidence, SettingValue, Unsure
from bootproof.project.containers import Assigned
from bootproof.project.envfiles import assigned_values, is_settings_file, read_env
from bootproof.project.shell import Effect
from bootproof.project.sources import Sources

# what `export $(grep -v '^#' .env | xargs)` is made of: programs that pass the lines on as they are
_FILTERS = frozenset({"cat", "grep", "egrep", "sed", "xargs", "tr", "cut", "awk"})
_RAW = r"(?:\"(?P<double>(?:[^\"\\]|\\.)*)\"|'(?P<single>[^']*)'|(?P<plain>[^\s;&|]*))"


@dataclass(frozen=True)
class Exported:
    """The variables that the server gets from its shell, the settings files that were read, and what cannot be told."""

    values: tuple[SettingValue, ...] = ()
    read: tuple[str, ...] = ()
    unsure: tuple[Unsure, ...] = ()


@dataclass
class _Shell:
    """Follows a shell's variables; guards what they are and which of them are exported."""

    sources: Sources
    exported: set[str]
    values: dict[str, SettingValue] = field(default_factory=dict)
    read: list[str] = field(default_factory=list)
    unsure: list[Unsure] = field(default_factory=list)
    all: bool = False  # `set -a`

    def take(self, effect: Effect, at: Evidence) -> None:
        """Does what one line does."""
        name = effect.name
        if effect.kind == "allexport":
            self.all = effect.value == "on"
        elif effect.kind == "export":
            self.exported.add(name)
        elif effect.kind == "unset":
            self.values.pop(name, None)
            self.exported.discard(name)
        elif effect.kind == "unsure":
            self._doubt(at, name)
        elif effect.kind == "written":
            if is_settings_file(name):  # what the project holds by that name says nothing of what is read
                self._doubt(at, "")
        elif effect.kind == "read":
            self._file(name, self.all or effect.value == "on")
        elif effect.kind == "from":
            self._printed(effect.value or "", at, self.all or name != "source")
        elif effect.kind == "assign" or not (name in self.values or name in self.exported):
            self._assign(effect, at)

    def _assign(self, effect: Effect, at: Evidence) -> None:
        found = None if effect.value is None else _standing(self.sources, effect, at)
        if found is None:
            self._doubt(at, effect.name)
            self.values.pop(effect.name, None)
        else:
            self.values[effect.name] = found
        if self.all:
            self.exported.add(effect.name)

    def _file(self, file: str, every: bool) -> None:
        data = self.sources.text(file) or b""
        self.read.append(file)
        for value in read_env(self.sources, file, data, "shell", False, None):
            self.values[value.key] = value
            line = data[data.rfind(b"\n", 0, value.start) + 1 : value.start]
            if every or line.lstrip().startswith(b"export "):
                self.exported.add(value.key)

    def _printed(self, text: str, at: Evidence, every: bool) -> None:
        """Takes what a command prints, where it only passes a settings file on."""
        programs = {each.strip().partition(" ")[0] for each in re.split(r"[|;&<]+", text)}
        words = re.split(r"[\s|;&<>\"']+", text)
        files = [each for word in words if (each := settings_file(self.sources, word))]
        if len(set(files)) == 1 and programs <= _FILTERS | set(files) | {f"./{each}" for each in files}:
            self._file(files[0], every)
        else:
            self._doubt(at, "")

    def _doubt(self, at: Evidence, name: str) -> None:
        self.unsure.append(Unsure(at, name))


def exported(sources: Sources, effects: Sequence[tuple[Effect, Evidence]], given: Iterable[str]) -> Exported:
    """What comes of the lines, in their order. `given` are the variables that the shell itself is started with."""
    shell = _Shell(sources, set(given))
    for effect, at in effects:
        shell.take(effect, at)
    values = tuple(value for key, value in shell.values.items() if key in shell.exported)
    return Exported(values, tuple(dict.fromkeys(shell.read)), tuple(dict.fromkeys(shell.unsure)))


def settings_file(sources: Sources, word: str) -> str:
    """The project's settings file that a word of a shell names, "" where it names none."""
    plain = word.removeprefix("./")
    return plain if is_settings_file(plain) and sources.exists(plain) else ""


def _standing(sources: Sources, effect: Effect, at: Evidence) -> SettingValue | None:
    """An assignment's value with its place; None where it is put together of parts that stand elsewhere."""
    if at.file is None or at.line is None or effect.value is None:
        return None
    text = sources.decoded(at.file) or ""
    for each in _assigned(text, effect, at.line):
        found = next(assigned_values(at.file, text, sources.text(at.file) or b"", (each,), "shell", None), None)
        return found and replace(found, value=effect.value)
    return None


def _assigned(text: str, effect: Effect, line: int) -> Iterator[Assigned]:
    offset = 0
    for _before in range(line - 1):
        offset = text.find("\n", offset) + 1
    default = re.compile(rf"\{{{effect.name}:?=(?P<plain>[^{{}}]*)\}}")
    spelled = default if effect.kind == "default" else re.compile(rf"(?<![\w$]){effect.name}={_RAW}")
    match = spelled.search(text, offset)
    if match is None or effect.value is None:
        return
    group = next(name for name, value in match.groupdict().items() if value is not None)
    within = match[group].find(effect.value)
    if within < 0:
        return
    start = match.start(group) + within
    yield Assigned(effect.name, effect.value, text.count("\n", 0, start) + 1, start, start + len(effect.value))
