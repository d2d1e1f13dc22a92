"""The report that is to be sent: read, and looked at closely enough to say early that it is none."""

import hashlib
import json
from dataclasses import dataclass

from bootproof.report.json import LARGEST

FAMILY = "bootproof/report/"


class NoReport(Exception):
    """What was given is no report that a server would take; the message says why and what to do, on one line."""


@dataclass(frozen=True)
class Document:
    """A report as it will be sent, byte for byte. `key` follows from the bytes: sent twice it is kept once."""

    raw: bytes
    key: str
    verdict: str


def document(raw: bytes) -> Document:
    """The bytes as a report. Raises `NoReport`. Whether it satisfies the whole schema is for the server to say."""
    if len(raw) > LARGEST:
        raise NoReport(f"the report is larger than the {LARGEST:,} bytes that a server takes; --select makes it smaller")
    if not raw.strip():
        raise NoReport("there is nothing to send; make a report with: bootproof audit --format json --output report.json")
    try:
        read = json.loads(raw)
    except (ValueError, RecursionError):
        raise NoReport("this is no JSON; make a report with: bootproof audit --format json --output report.json") from None
    named = read.get("schema") if isinstance(read, dict) else None
    if not isinstance(named, str) or not named.startswith(FAMILY):
        raise NoReport("this JSON is no report of bootproof; make one with: bootproof audit --format json --output report.json")
    return Document(raw, hashlib.sha256(raw).hexdigest(), str(read.get("verdict", "")))
