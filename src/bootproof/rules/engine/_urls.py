"""Where the URL of an engine stands, and which drivers of its database there are."""

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import cast

from bootproof.edits.ini import option
from bootproof.edits.making import edit
from bootproof.model.edit import Edit
from bootproof.model.facts import Facts
from bootproof.model.symptom import Failure
from bootproof.rules.connecting._alembic import environment_of
from bootproof.rules.origins import Origin, effective, origins
from bootproof.rules.reading import assigned, covers, keyword, meaning, outside, own_frames

_SCHEME = re.compile(r"\s*[\"']?(?P<scheme>[A-Za-z][A-Za-z0-9]*(?:\+[A-Za-z0-9_]+)?)(?P<end>://|\Z)")
MAKERS = ("create_async_engine", "create_engine", "make_url")  # they take a URL
ALIASES = {"postgres": "postgresql"}  # the name that SQLAlchemy dropped in 1.4


@dataclass(frozen=True)
class UrlPlace:
    """The scheme of a URL as written: bytes `start` to `end` of the file.

    `key` is the variable that holds the URL.
    """

    file: str
    line: int
    key: str
    scheme: str
    start: int
    end: int
    variable: bool  # it stands in a settings file, not in code

    @property
    def database(self) -> str:
        """The database's name in the scheme, as SQLAlchemy spells it."""
        name = self.scheme.partition("+")[0].lower()
        return ALIASES.get(name, name)

    @property
    def driver(self) -> str:
        """The driver that the scheme names, "" where it names none."""
        return self.scheme.partition("+")[2].lower()

    def renamed(self, facts: Facts, scheme: str) -> Edit:
        """The edit that writes another scheme and leaves the rest of the URL as it stands."""
        return edit(self.file, facts.text(self.file) or b"", self.start, self.end, scheme)


def urls(facts: Facts, failure: Failure) -> Iterator[UrlPlace]:
    """The URLs given to the call that failed, innermost own frame first; then what else may hold it."""
    found: list[UrlPlace] = []
    for frame in own_frames(failure):
        tree = facts.syntax(frame.file)
        calls = (
            [each for each in ast.walk(tree) if isinstance(each, ast.Call) and covers(each, frame.line)] if tree else []
        )
        for call in calls:
            found += _given(facts, frame.file, call)
        found = found or _of_alembic(facts, frame.file)
        if found:
            break
    yield from dict.fromkeys(found)


def url_argument(facts: Facts, failure: Failure) -> tuple[str, ast.Call, ast.expr] | None:
    """The own call that was given the URL and the argument that is it; None where no frame shows one."""
    for frame in own_frames(failure):
        tree = facts.syntax(frame.file)
        for call in ast.walk(tree) if tree else ():
            if isinstance(call, ast.Call) and covers(call, frame.line):
                made = outside(facts, frame.file, call.func).rpartition(".")[2]
                given = keyword(call, "url") or (call.args[0] if call.args else None)
                if made in MAKERS and given is not None:
                    return frame.file, call, given
    return None


def engine_calls(facts: Facts, *names: str) -> Iterator[tuple[str, ast.Call]]:
    """Every own call of one of SQLAlchemy's (or SQLModel's) functions of these names: file and call."""
    for name in names:
        for file in facts.files_with(name.encode()):
            tree = facts.syntax(file)
            for node in ast.walk(tree) if tree else ():
                if isinstance(node, ast.Call):
                    found = meaning(facts, file, node.func)
                    if found and found.outside.startswith(("sqlalchemy.", "sqlmodel.")) and found.last == name:
                        yield file, node


def urls_of(facts: Facts, file: str, call: ast.Call) -> tuple[UrlPlace, ...]:
    """The URLs that one call is given."""
    return tuple(dict.fromkeys(_given(facts, file, call)))


def _given(facts: Facts, file: str, call: ast.Call) -> list[UrlPlace]:
    first = keyword(call, "url") or (call.args[0] if call.args else None)
    values = [first] if first is not None else []
    values += [each for each in (*call.args[1:], *(one.value for one in call.keywords)) if each is not first]
    found: list[UrlPlace] = []
    for value in values:
        given: frozenset[str] = frozenset()  # a default counts only where nothing sets its variable
        for each in origins(facts, file, value):
            if each.variables:
                given = frozenset(each.variables) if effective(facts, each.variables) else frozenset()
            elif given:
                continue
            place = _place(facts, each)
            if place is not None:
                found.append(place)
    return found


def _of_alembic(facts: Facts, file: str) -> list[UrlPlace]:
    """The URL that Alembic's `env.py` gets from its configuration: what it sets there itself, else the ini file's."""
    environment, tree = environment_of(facts, file), facts.syntax(file)
    if environment is None or tree is None:
        return []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "set_main_option":
            places = (_place(facts, each) for value in node.args[1:2] for each in origins(facts, file, value))
            return [each for each in places if each is not None]
    text = facts.text(environment.ini) or b""
    told = option(text, "alembic", "sqlalchemy.url")
    found = _SCHEME.match(told.value) if told is not None else None
    if told is None or found is None:
        return []
    start = told.start + found.start("scheme")
    return [UrlPlace(environment.ini, told.line, told.name, found["scheme"], start, start + len(found["scheme"]), False)]


def _place(facts: Facts, origin: Origin) -> UrlPlace | None:
    if origin.variables:
        value = effective(facts, origin.variables)
        if value is None:
            return None
        raw = (facts.text(value.file) or b"")[value.start : value.end].decode("utf-8", "surrogateescape")
        found = _SCHEME.match(raw)
        if found is None or (found["end"] == "" and not origin.parts):
            return None
        start = value.start + len(raw[: found.start("scheme")].encode())
        return UrlPlace(value.file, value.line, value.key, found["scheme"], start, start + len(found["scheme"]), True)
    text = getattr(origin.node, "value", None)
    found = _SCHEME.match(text) if isinstance(text, str) else None
    if found is None or (found["end"] == "" and not origin.parts):
        return None
    start, end = facts.span(origin.file, origin.node)
    content = facts.text(origin.file) or b""
    # the constants of an f-string have no place of their own before Python 3.12
    at = content.find((found["scheme"] + found["end"]).encode(), start, end)
    if at < 0:
        return None
    line = content.count(b"\n", 0, at) + 1
    key = _held_by(facts, origin.file, line)
    return UrlPlace(origin.file, line, key, found["scheme"], at, at + len(found["scheme"]), False)


def _held_by(facts: Facts, file: str, line: int) -> str:
    """The name that is given the literal on this line, else "url"."""
    tree = facts.syntax(file)
    named = [
        (name, value)
        for node in (ast.walk(tree) if tree else ())
        if isinstance(node, ast.stmt) and covers(node, line)
        for name, value in assigned(node)
        if covers(value, line)
    ]
    return min(named, key=lambda each: (each[1].end_lineno or 0) - each[1].lineno)[0] if named else "url"


def drivers(facts: Facts, database: str) -> tuple[Mapping[str, object], ...]:
    """The drivers that SQLAlchemy knows for a database and that are installed: declared ones first."""
    answer = facts.ask("dialects", name=database)
    known = [each for each in cast("list[Mapping[str, object]]", answer or []) if each.get("available")]

    def rank(each: Mapping[str, object]) -> tuple[bool, bool]:
        providers = facts.providers(str(each["module"]))
        return not any(facts.declared(name) for name in providers), not each.get("is_async")

    return tuple(sorted(known, key=rank))


def asynchronous(facts: Facts, database: str) -> str | None:
    """The installed driver with which `create_async_engine` works, None where there is none."""
    found = [each for each in drivers(facts, database) if each.get("can_async") or each.get("is_async")]
    return str(found[0]["driver"]) if found else None


def synchronous(facts: Facts, database: str) -> str | None:
    """The installed driver with which `create_engine` works, None where there is none."""
    found = [each for each in drivers(facts, database) if not each.get("is_async")]
    return str(found[0]["driver"]) if found else None


def makes_async_engine(failure: Failure) -> bool:
    """Whether the failure came while an asynchronous engine was made."""
    return any(each.module.startswith("sqlalchemy.ext.asyncio") for each in failure.frames)


def given_drivers(facts: Facts) -> tuple[str, ...]:
    """The planned findings that brought the driver."""
    return tuple(sorted(each for each in facts.planned if each.startswith("BP102:")))
