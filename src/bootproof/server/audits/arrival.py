"""A report as it arrives: read, checked against the schema, masked once more. Nothing is believed of the client."""

import hashlib
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any

from bootproof.model.masking import mask
from bootproof.report.clean import plain
from bootproof.server.audits.keeping import Upload
from bootproof.server.audits.validation import Problem, problems
from bootproof.server.security.bodies import parse


class NoReport(Exception):
    """What was sent is no report; `problems` says where and why."""

    def __init__(self, found: Sequence[Problem]) -> None:
        super().__init__(f"{len(found)} problems")
        self.problems = list(found)


def received(raw: bytes, key: str = "", commit: str = "", branch: str = "") -> Upload:
    """A body as an upload that may be kept; without a key its digest is the key. Raises `NoReport`.

    No I/O, some milliseconds for 200 kB: call it in a thread.
    """
    try:
        document = parse(raw)
    except ValueError as error:
        raise NoReport([Problem("", str(error))]) from None
    if found := problems(document):
        raise NoReport(found)
    assert isinstance(document, dict)
    digest = hashlib.sha256(raw).digest()
    document = washed(document)
    text = json.dumps(document, ensure_ascii=False)
    return Upload(key or digest.hex(), digest, document, text, _moment(document["created"]), commit, branch)


def washed(value: Any) -> Any:
    """Data with every text of it masked, and freed of what could drive a terminal or turn the direction of text."""

    @cache  # most texts of a report stand in it several times
    def wash(text: str) -> str:
        return mask(text if text.isprintable() else plain(text))

    def walk(value: Any) -> Any:
        if isinstance(value, str):
            return wash(value)
        if isinstance(value, list):
            return [walk(each) for each in value]
        if isinstance(value, dict):
            return {key: walk(each) for key, each in value.items()}
        return value

    return walk(value)


def _moment(text: str) -> datetime | None:
    """The moment that a report names; None where it names none that a calendar has."""
    try:
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
