"""The address of a service is given without its scheme

## What happens
The client raises while it reads the address: a URL must begin with one of its schemes.

## Why the server cannot start
`localhost:6379` is a host and a port. A client that takes a URL reads from the scheme how to connect (plain, with TLS, by a
socket), and guesses none.

## How to recognise it
A client library raised in the function in which it reads a URL, and the value that the project gives it, in code or in a
settings file, is a host, perhaps with a port, a user and a path, and no scheme.

## How it is fixed
The scheme of that client is put before it: `redis://localhost:6379`.

## Fix safety
Safe: the host, port and all else stay, and the scheme is the plain one, as host and port mean everywhere.

## References
https://www.iana.org/assignments/uri-schemes/prov/redis
https://www.mongodb.com/docs/manual/reference/connection-string/
"""

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bootproof.edits.envfile import replace_part
from bootproof.edits.making import edit
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix, Location
from bootproof.model.project import SettingValue
from bootproof.model.symptom import Failure, Frame, Symptom
from bootproof.model.words import Safety
from bootproof.rules.connecting._code import calls_at
from bootproof.rules.origins import effective, origins
from bootproof.rules.reading import own_frames
from bootproof.rules.registry import finding

CODE = "BP623"
# Each client's own plain scheme, by the first part of its module's name; from its manual.
SCHEMES = {"redis": "redis", "valkey": "valkey", "aioredis": "redis", "pymongo": "mongodb", "kombu": "redis"}
READS = re.compile(r"^_?(?:parse|validate|split)_\w*(?:url|uri|host)s?$|^from_url$", re.IGNORECASE)
PLAIN = re.compile(r"(?:[^@/\s:]*:[^@/\s]*@)?[A-Za-z0-9_.-]+(?::\d+)?(?:/\w*)?")


@dataclass(frozen=True)
class _Place:
    """Where the address stands: a settings value, or a byte offset in a file."""

    file: str
    line: int
    name: str
    value: SettingValue | None = None
    start: int = 0


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The address that was given."""
    for failure in symptom.failures:
        scheme = _asked(failure)
        if not scheme:
            continue
        for frame in own_frames(failure):
            for place in _given(facts, frame):
                yield finding(
                    __name__, place.name, file=place.file, line=place.line, data={"place": place, "scheme": scheme},
                    cause=f"the address in `{place.name}` has no scheme, and the client takes URLs: `{scheme}://…`",
                    related=(Location(frame.file, frame.line, note="given to the client here"),),
                )  # fmt: skip
                return


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """The scheme before the address."""
    place, scheme = finding.data["place"], f"{finding.data['scheme']}://"
    if not isinstance(place, _Place):
        return None
    text = facts.text(place.file) or b""
    if place.value is not None:
        made = replace_part(place.value, text, 0, 0, scheme)
    else:
        made = edit(place.file, text, place.start, place.start, scheme)
    return Fix(f"write `{scheme}` before it", Safety.SAFE, (made,))


def _asked(failure: Failure) -> str:
    """The scheme of the client that refused to read an address, "" where none did."""
    last = failure.frames[-1] if failure.frames else None
    if last is None or last.own or not failure.is_a("ValueError", "PyMongoError"):
        return ""
    return SCHEMES.get(last.module.partition(".")[0], "") if READS.match(last.function) else ""


def _given(facts: Facts, frame: Frame) -> Iterator[_Place]:
    """The addresses without a scheme among the arguments of the calls at a frame."""
    for call in calls_at(facts, frame):
        for argument in (*call.args, *(each.value for each in call.keywords)):
            for origin in origins(facts, frame.file, argument):
                value = effective(facts, origin.variables) if origin.variables else None
                if value is not None:
                    if PLAIN.fullmatch(value.value) and re.search(r"[.:]|localhost", value.value):
                        yield _Place(value.file, value.line, value.key, value)
                    return
                node = origin.node
                if not isinstance(node, ast.Constant) or not isinstance(node.value, str) or origin.parts:
                    continue
                if PLAIN.fullmatch(node.value) and re.search(r"[.:]|localhost", node.value):
                    start, end = facts.span(origin.file, node)
                    at = (facts.text(origin.file) or b"").find(node.value.encode(), start, end)
                    if at >= 0:
                        yield _Place(origin.file, node.lineno, node.value.rpartition("@")[2], start=at)
