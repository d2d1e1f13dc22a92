"""Sends a report, and again where that may help: a server that is busy, restarts, or cannot be reached for a moment."""

import http.client
import json
import random
import socket
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from bootproof import __version__
from bootproof.push.document import Document

AGAIN = frozenset({429, 502, 503, 504})  # what a server, or a proxy before it, answers for a while only
FIRST_PAUSE = 1.0  # seconds; the next ones double
LONGEST_PAUSE = 30.0  # seconds that are waited unasked
ONE_TRY = 30.0  # seconds of one try without an answer
_LARGEST_ANSWER = 64 * 1024
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class BadAddress(ValueError):
    """An address that is none of a server; the message does not repeat it, as it may hold a password."""


class Unreached(Exception):
    """No answer, or none but "later", until the time was over; the message says which."""


@dataclass(frozen=True)
class Answer:
    """What a server answered at last: its status, and the JSON object of its body, empty where that is none."""

    status: int
    body: dict[str, object]
    location: str = ""


@dataclass(frozen=True)
class Delivery:
    """Where a report goes, and what is said of it."""

    server: str
    token: str
    commit: str = ""
    branch: str = ""

    def request(self, document: Document) -> Request:
        """The request; the same for each try, so that a server keeps one audit whichever of them arrive."""
        about = {key: each for key, each in (("commit", self.commit), ("branch", self.branch)) if each}
        headers = {
            "Authorization": f"Bearer {self.token}",
            "Content-Type": "application/json",
            "Idempotency-Key": document.key,
            "User-Agent": f"bootproof/{__version__}",
        }
        query = f"?{urlencode(about, quote_via=quote)}" if about else ""
        return Request(f"{self.server}/api/uploads{query}", document.raw, headers, method="POST")


class _NoRedirects(HTTPRedirectHandler):
    """Another address is another server until a person says otherwise: it gets neither token nor report."""

    def redirect_request(self, *_: object) -> None:
        return None


def base_of(address: str) -> str:
    """The address of a server without a slash at its end. Raises `BadAddress`."""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        raise BadAddress("write it as https://HOST or https://HOST:PORT") from None
    odd = not address.isascii() or not address.isprintable()
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0 or odd:
        raise BadAddress("write it as https://HOST or https://HOST:PORT")
    if parts.username is not None or parts.password is not None:
        raise BadAddress("it holds a user or a password; the token is all that a server asks for")
    if any(each in address for each in " ?#"):
        raise BadAddress("write it without blanks, `?` and `#`")
    return address.rstrip("/")


def in_clear(server: str) -> bool:
    """Whether the token would cross a network unencrypted."""
    parts = urlsplit(server)
    return parts.scheme == "http" and parts.hostname not in _LOOPBACK


def send(delivery: Delivery, document: Document, seconds: float, told: Callable[[str], None]) -> Answer:
    """What the server answered. `told` hears why and when it is tried again. Raises `Unreached` after `seconds`."""
    opener = build_opener(_NoRedirects)
    ends = time.monotonic() + seconds
    pause = FIRST_PAUSE
    while True:
        wait: float | None = None
        left = ends - time.monotonic()
        try:
            with opener.open(delivery.request(document), timeout=max(1.0, min(ONE_TRY, left))) as response:
                return _answer(response.status, response.read(_LARGEST_ANSWER))
        except HTTPError as problem:
            with problem:
                if problem.code not in AGAIN:
                    return _answer(problem.code, problem.read(_LARGEST_ANSWER), problem.headers.get("Location") or "")
                why, wait = _busy(problem.code), _asked(problem.headers.get("Retry-After"))
        except (OSError, http.client.HTTPException) as problem:
            if _for_good(problem):
                raise Unreached(_why(problem)) from None
            why = _why(problem)
        if wait is None:
            wait = min(pause, LONGEST_PAUSE) * random.uniform(0.75, 1.25)  # many jobs must not come back at once
        if time.monotonic() + wait >= ends:
            raise Unreached(f"{why}; the next try would be in {wait:.0f} s")
        told(f"{why}; trying again in {wait:.0f} s")
        time.sleep(wait)
        pause *= 2


def _answer(status: int, raw: bytes, location: str = "") -> Answer:
    try:
        body = json.loads(raw)
    except ValueError:
        body = None
    return Answer(status, body if isinstance(body, dict) else {}, location)


def _busy(status: int) -> str:
    return "there were too many uploads" if status == 429 else f"the server is not ready (HTTP {status})"


def _asked(text: str | None) -> float | None:
    """The seconds of a `Retry-After` (RFC 9110): a number, or a moment; None where it is neither."""
    if text is None:
        return None
    if text.strip().isdecimal():
        return float(text)
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - time.time())
    except (ValueError, OverflowError):
        return None


def _cause(problem: BaseException) -> BaseException:
    reason = problem.reason if isinstance(problem, URLError) else None
    return reason if isinstance(reason, BaseException) else problem


def _for_good(problem: BaseException) -> bool:
    """Whether another try would fail in the same way: a certificate that is not trusted, a name that nobody has."""
    cause = _cause(problem)
    if isinstance(cause, ssl.SSLError):
        return not isinstance(cause, (ssl.SSLEOFError, ssl.SSLZeroReturnError))
    return isinstance(cause, socket.gaierror) and cause.errno != socket.EAI_AGAIN


def _why(problem: BaseException) -> str:
    cause = _cause(problem)
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted ({cause.verify_message})"
    if isinstance(cause, ssl.SSLError):
        return f"it does not speak TLS as we do ({cause.reason or 'no reason given'})"
    if isinstance(cause, socket.gaierror):
        return "nobody knows this host"
    if isinstance(cause, TimeoutError):
        return "it did not answer in time"
    if isinstance(cause, ConnectionRefusedError):
        return "nobody listens there"
    said = cause.strerror if isinstance(cause, OSError) and cause.strerror else str(cause) or type(cause).__name__
    return f"the connection failed ({said})"
