"""A report as it arrives: read, checked against the schema, masked once more. Nothing is believed of the client."""

import hashlib
import sys
from collections.abc import Mapping, Sequence, Set
from datetime import UTC, datetime
from typing import Any

from bootproof.model.masking import mask_all
from bootproof.report.clean import plain
from bootproof.server.audits.keeping import Upload
from bootproof.server.audits.packing import packed
from bootproof.server.audits.validation import Problem, problems, quickly
from bootproof.server.security.bodies import Parsed, keepable, parse

_MEMORY = 50_000_000  # bytes of the texts that are kept in memory as clean
_PLACE = 64  # bytes of a text's place in the set


class NoReport(Exception):
    """What was sent is no report; `problems` says where and why."""

    def __init__(self, found: Sequence[Problem]) -> None:
        super().__init__(f"{len(found)} problems")
        self.problems = list(found)


def received(raw: bytes, key: str = "", commit: str = "", branch: str = "") -> Upload:
    """A body as an upload that may be kept; without a key its digest is the key. Raises `NoReport`.

    No I/O, some milliseconds for 200 kB: call it in a thread.
    """
    document = washed(_read(raw))
    digest = hashlib.sha256(raw).digest()
    return Upload(key or digest.hex(), digest, document, packed(document), _moment(document["created"]), commit, branch)


def _read(raw: bytes) -> Parsed:
    document = quickly(raw)
    try:
        if document is not None:
            return keepable(document, raw)
        sent = parse(raw)
    except ValueError as error:
        raise NoReport([Problem("", str(error))]) from None
    if found := problems(sent.value):
        raise NoReport(found)
    return Parsed(_counted(sent.value), sent.texts)


def _counted(value: Any) -> Any:
    """Data with whole numbers as such: a schema takes 3.0 for an integer too, and who reads the report does not."""
    if isinstance(value, list):
        return [_counted(each) for each in value]
    if isinstance(value, dict):
        return {key: _counted(each) for key, each in value.items()}
    return int(value) if isinstance(value, float) and value.is_integer() else value


def washed(sent: Parsed) -> Any:
    """Data with every text of it masked, and freed of what could drive a terminal or turn the direction of text."""
    changed = _CLEAN.changed(sent.texts)
    return _with(sent.value, changed) if changed else sent.value


class Clean:
    """Texts that were looked at and had nothing to wash: most of a report's stand in the one before it.

    Guards how many bytes. What was washed is not kept: it held a secret.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._size = 0
        self._known: set[str] = set()

    def changed(self, texts: Set[str]) -> dict[str, str]:
        """Of these texts those that are not to be kept as they are, and what they become."""
        plainly = {each: each if each.isprintable() else plain(each) for each in texts - self._known}
        masked = mask_all(set(plainly.values()))
        found = {text: masked[clean] for text, clean in plainly.items() if masked[clean] != text}
        clean = plainly.keys() - found.keys()
        size = sum(map(sys.getsizeof, clean)) + _PLACE * len(clean)
        if size <= self._most:
            if self._size + size > self._most:
                self._known, self._size = set(), 0
            # several threads may do this at once: one may forget what another found, which costs it another look
            self._known |= clean
            self._size += size
        return found


def _with(value: Any, changed: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return changed.get(value, value)
    if isinstance(value, list):
        return [_with(each, changed) for each in value]
    if isinstance(value, dict):
        return {key: _with(each, changed) for key, each in value.items()}
    return value


def _moment(text: str) -> datetime | None:
    """The moment that a report names; None where it names none that a calendar has."""
    try:
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


_CLEAN = Clean(_MEMORY)
