"""Dockerfiles: the last stage's directory, environment, entry point and command,
and what was copied where.
"""

import json
import posixpath
import re
from dataclasses import dataclass, field, replace

from bootproof.project.shell import expand
from bootproof.project.sources import Sources

_NAME = re.compile(
    r"^(?:.*/)?(?:(?:Docker|Container)file(?:[.\-_].+)?|[^/]+\.(?:Docker|Container)file)$", re.I
)
_LISTS = re.compile(r"(?:^|/)(?:[\w.\-]*requirements[\w.\-]*\.txt|[\w.\-]*\.lock|pyproject\.toml|Pipfile|\.env[\w.\-]*)$")
_PAIR = re.compile(r"([A-Za-z_]\w*)=(?:\"((?:\\.|[^\"\\])*)\"|'([^']*)'|((?:\\.|[^\s\\])*))", re.DOTALL)
_ONE = re.compile(r"\$(?:(\w+)|\{(\w+)\})")
_EXTENDED = re.compile(r"PATH$")  # lists of folders that are made longer: no rule finds fault with one
_OLD_PAIR = re.compile(r"\s*([A-Za-z_]\w*)\s+(\S.*?)\s*$", re.DOTALL)


@dataclass(frozen=True)
class Assigned:
    """One `KEY=value` and the characters where the value stands in its file."""

    key: str
    value: str
    line: int
    start: int
    end: int


@dataclass(frozen=True)
class Spoken:
    """A command as a file says it: words (exec form) or a shell text."""

    words: tuple[str, ...] | None
    text: str
    line: int


@dataclass
class Image:
    """What the last stage of one Dockerfile says.

    `copies` are pairs: path in the project, path in the image.
    """

    file: str
    context: str = "."
    directory: str = "/"
    environment: dict[str, str] = field(default_factory=dict)
    assigned: list[Assigned] = field(default_factory=list)
    copies: list[tuple[str, str]] = field(default_factory=list)
    runs: list[Spoken] = field(default_factory=list)
    entrypoint: Spoken | None = None
    command: Spoken | None = None
    port: int | None = None
    base: str = ""  # the image that it is made of, through its own stages
    installs: list[Spoken] = field(default_factory=list)  # what RUN says in whatever stage
    origins: dict[str, Assigned] = field(default_factory=dict, repr=False)  # where a variable's value stands as a whole
    unsure: list[tuple[str, int]] = field(default_factory=list)  # variables put together of parts or given at the build, by line
    fixed: set[str] = field(default_factory=set, repr=False)  # what ENV set
    given: frozenset[str] = frozenset()  # arguments that a build sets: what ARG says is their default only

    def inside(self, path: str) -> str | None:
        """The place in the project (relative to its root) behind an absolute path of the image, or None."""
        best: tuple[int, str] | None = None
        for source, target in self.copies:
            if path == target or path.startswith(target.rstrip("/") + "/"):
                tail = path[len(target) :].strip("/")
                candidate = len(target) + 1000, posixpath.normpath(posixpath.join(source, tail))
            elif target.startswith(path.rstrip("/") + "/"):
                # `COPY app /srv/app` says that /srv is where `app` stands, when the names agree.
                below = target[len(path) :].strip("/")
                # Where the lists of an installation were copied to says nothing of where the code is.
                if not ("/" + source).endswith("/" + below) or _LISTS.search(source):
                    continue
                candidate = len(path), posixpath.normpath(source[: -len(below)].rstrip("/") or ".")
            else:
                continue
            if best is None or candidate > best:
                best = candidate
        return best[1] if best else None


def dockerfiles(sources: Sources) -> list[str]:
    """The files that read as Dockerfiles, nearest to the root first."""
    found = [
        file
        for file in sources.files()
        if _NAME.match(file) and not file.endswith((".dockerignore", ".py", ".md"))
    ]
    return sorted(found, key=lambda file: (file.count("/"), file))


def read_image(
    sources: Sources, file: str, context: str | None = None, given: frozenset[str] = frozenset()
) -> Image | None:
    """What a Dockerfile says; `context` is its build context,
    else the folder in which its COPY sources exist; `given` are the arguments that a build sets.
    """
    text = sources.decoded(file)
    if text is None:
        return None
    instructions = _instructions(text)
    if context is None:
        context = _context(sources, file, instructions)
    stages: dict[str, Image] = {}
    image = Image(file, context, given=given)
    installs: list[Spoken] = []
    for name, rest, line, offset in instructions:
        if name == "FROM":
            words = [word for word in rest.split() if not word.startswith("--")]
            known = stages.get(words[0].lower()) if words else None
            image = _inherit(known, file, context, given)
            image.base = known.base if known is not None else " ".join(words[:1])
            if len(words) >= 3 and words[1].upper() == "AS":
                stages[words[2].lower()] = image
        else:
            _apply(sources, image, name, rest, line, offset, text)
            if name == "RUN":
                installs.append(image.runs[-1])
    image.installs = installs
    return image


def _inherit(base: Image | None, file: str, context: str, given: frozenset[str]) -> Image:
    if base is None:
        return Image(file, context, given=given)
    return Image(
        file, context, base.directory, dict(base.environment), list(base.assigned), list(base.copies),
        list(base.runs), base.entrypoint, base.command, base.port, origins=dict(base.origins), unsure=list(base.unsure),
        given=given, fixed=set(base.fixed),
    )  # fmt: skip


def _apply(sources: Sources, image: Image, name: str, rest: str, line: int, offset: int, text: str) -> None:
    if name == "WORKDIR":
        image.directory = posixpath.normpath(posixpath.join(image.directory, _word(image, rest)))
    elif name in ("ENV", "ARG"):
        before = replace(image, environment=dict(image.environment), origins=dict(image.origins))
        for each in pairs(rest, offset, text):
            if name == "ARG" and each.key in image.fixed:
                continue  # ENV always wins over ARG (Dockerfile reference, "Using ARG variables")
            # a shell sets PWD, and no shell reads this line: Docker puts nothing in its place
            value = each.value if "PWD" in image.environment else re.sub(r"\$(?:PWD\b|\{PWD\})", "", each.value)
            image.environment[each.key] = expand(value, before.environment)  # as it was before the whole instruction
            found = _standing(before, each, text)
            image.origins.pop(each.key, None)
            if found is not None and not (name == "ARG" and each.key in image.given):
                image.origins[each.key] = found
            if name == "ENV":
                image.fixed.add(each.key)
                image.unsure = [one for one in image.unsure if one[0] != each.key]
            if name == "ENV" and (found is not None or _EXTENDED.search(each.key)):
                image.assigned.append(found or each)
            elif name == "ENV":
                image.unsure.append((each.key, each.line))
    elif name in ("COPY", "ADD"):
        _copy(sources, image, rest)
    elif name == "RUN":
        image.runs.append(_spoken(re.sub(r"^(?:--\w+=\S+\s+)+", "", rest), line))
    elif name == "ENTRYPOINT":
        image.entrypoint, image.command = _spoken(rest, line), None
    elif name == "CMD":
        image.command = _spoken(rest, line)
    elif name == "EXPOSE":
        number = re.match(r"\d+", _word(image, rest.strip()))
        image.port = int(number[0]) if number else image.port


def _standing(image: Image, each: Assigned, text: str) -> Assigned | None:
    """An assignment with the place where its value stands, also by another variable; None where it stands nowhere as a whole."""
    if "$" not in each.value or text[each.start - 1 : each.start] == "'":
        return each
    other = _ONE.fullmatch(each.value)
    origin = image.origins.get(other[1] or other[2]) if other else None
    return origin and replace(origin, key=each.key)


def pairs(rest: str, offset: int, text: str) -> list[Assigned]:
    """The assignments of an ENV or ARG instruction that stands at character `offset` of `text`."""
    found = []
    matches = list(_PAIR.finditer(rest))
    if not matches or rest[: matches[0].start()].strip("\\ \t\r\n"):
        old = _OLD_PAIR.match(rest)
        spans = [(old[1], old.start(2), old.end(2))] if old else []
    else:
        spans = []
        for match in matches:
            group = next(index for index in (2, 3, 4) if match[index] is not None)
            spans.append((match[1], match.start(group), match.end(group)))
    for key, start, end in spans:
        line = text.count("\n", 0, offset + start) + 1
        found.append(Assigned(key, rest[start:end], line, offset + start, offset + end))
    return found


def _copy(sources: Sources, image: Image, rest: str) -> None:
    if "--from=" in rest:
        return
    spoken = _spoken(re.sub(r"--\w+(?:=\S+)?", "", rest).strip(), 0)
    words = spoken.words or tuple(spoken.text.split())
    if len(words) < 2:
        return
    target = _word(image, words[-1])
    target_path = posixpath.normpath(posixpath.join(image.directory, target))
    for word in words[:-1]:
        source = posixpath.normpath(posixpath.join(image.context, word.lstrip("/")))
        is_folder = source in sources.folders
        into = (
            target.endswith("/") or len(words) > 2 or target in (".", "./") or target_path == image.directory
        )
        # A folder's *contents* are copied; a file goes under its own name into a folder.
        place = (
            target_path if is_folder or not into else posixpath.join(target_path, posixpath.basename(source))
        )
        image.copies.append((source, place))


def _context(sources: Sources, file: str, instructions: list[tuple[str, str, int, int]]) -> str:
    folder = file.rpartition("/")[0] or "."
    candidates = [folder]
    while folder != ".":
        folder = folder.rpartition("/")[0] or "."
        candidates.append(folder)
    wanted = [
        word.lstrip("/")
        for name, rest, _, _ in instructions
        if name in ("COPY", "ADD") and "--from=" not in rest
        for word in re.sub(r"--\w+(?:=\S+)?", "", rest)
        .replace("[", " ")
        .replace('"', " ")
        .replace(",", " ")
        .split()[:-1]
        if not re.search(r"[*?$]", word)
    ]

    def missing(candidate: str) -> int:
        paths = (posixpath.normpath(posixpath.join(candidate, word)) for word in wanted)
        return sum(1 for path in paths if not sources.exists(path) and path not in sources.folders)

    return min(candidates, key=missing)


def _word(image: Image, word: str) -> str:
    return expand(word.strip().strip("\"'"), image.environment)


def _spoken(rest: str, line: int) -> Spoken:
    rest = rest.strip()
    if rest.startswith("["):
        try:
            words = json.loads(re.sub(r"\\\r?\n", " ", rest))
        except ValueError:
            words = None
        if isinstance(words, list) and all(isinstance(word, str) for word in words):
            return Spoken(tuple(words), rest, line)
    return Spoken(None, rest, line)


def _instructions(text: str) -> list[tuple[str, str, int, int]]:
    """Name, argument text as it stands (continuations included), line and character offset of each."""
    found: list[tuple[str, str, int, int]] = []
    at, held, begun, begun_line = 0, False, 0, 0
    for number, line in enumerate(text.splitlines(keepends=True) if "\r" not in text else _lines(text), 1):
        bare = line.strip()
        if not (not held and not bare) and not bare.startswith("#"):
            if not held:
                begun, begun_line = at, number
            held = bare.endswith("\\")
            if not held:
                _note(found, text, begun, at + len(line), begun_line)
        at += len(line)
    if held:
        _note(found, text, begun, at, begun_line)
    return found


def _lines(text: str) -> list[str]:
    return re.findall(r"[^\n]*\n|[^\n]+", text)


def _note(found: list[tuple[str, str, int, int]], text: str, start: int, end: int, line: int) -> None:
    match = re.match(r"\s*([A-Za-z]+)\s+", text[start:end])
    if match:
        rest = text[start + match.end() : end]
        found.append((match[1].upper(), rest.rstrip(), line, start + match.end()))
