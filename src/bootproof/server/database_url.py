"""`DATABASE_URL` in every spelling that people paste, as asyncpg takes it, with its meaning kept.

libpq's parameters: PostgreSQL manual, "Database Connection Control Functions". asyncpg's: its `connect()`.
"""

import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit
from uuid import uuid4

from sqlalchemy import URL

SCHEMES = ("postgres", "postgresql", "postgresql+asyncpg", "postgresql+psycopg", "postgresql+psycopg2")
MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
# What providers and other libraries write into an address, and what changes nothing of a session of asyncpg's.
LABELS = frozenset({"supa", "pool_mode", "pool_timeout", "connection_limit", "gssencmode", "keepalives"})


class UnknownSpelling(ValueError):
    """A connection string that is not understood; the message names the part, never the password."""


@dataclass(frozen=True)
class Address:
    """Where PostgreSQL is: SQLAlchemy's URL, and what asyncpg is called with. `notes` say what cannot be kept."""

    url: URL
    arguments: Mapping[str, Any] = field(repr=False)
    mode: str = ""
    notes: tuple[str, ...] = ()
    libpq: Mapping[str, str | int] = field(default_factory=lambda: MappingProxyType({}), repr=False)  # the same for psycopg
    pooled: bool = False  # behind a pooler that gives each transaction another session


def address(text: str) -> Address:
    """The address that a connection string means. Raises `UnknownSpelling`."""
    text = text.strip().strip("'\"")
    if text.startswith("psql "):  # pasted with the command before it
        text = text.removeprefix("psql ").strip().strip("'\"")
    scheme, colon, _ = text.partition("://")
    if not colon or scheme not in SCHEMES:
        seen = f"`{scheme}://`" if colon else "it has no `://`"
        raise UnknownSpelling(f"is no PostgreSQL address that is understood ({seen}); write postgresql://user:password@host/name")
    try:
        parts = urlsplit(text.replace(scheme, "postgresql", 1))
        port = parts.port
    except ValueError:
        raise UnknownSpelling(
            "its host or port cannot be read; characters such as `/` or `#` in a password are written as %2F, %23"
        ) from None
    reader = _Parameters()
    for key, value in parse_qsl(parts.query, keep_blank_values=True):
        reader.take(key, value)
    told = reader.query
    url = URL.create(
        "postgresql+asyncpg",
        username=unquote(parts.username) if parts.username else told.get("user"),
        password=unquote(parts.password) if parts.password else told.get("password"),
        host=parts.hostname or told.get("host"),
        port=port or (int(told["port"]) if told.get("port", "").isdigit() else None),
        database=unquote(parts.path.lstrip("/")) or told.get("dbname"),
    )
    return Address(url, reader.arguments(), reader.mode, tuple(reader.notes), reader.libpq(url), reader.pooled)


class _Parameters:
    """Takes parameters one by one; guards what they come to together."""

    def __init__(self) -> None:
        self.query: dict[str, str] = {}
        self.server: dict[str, str] = {}
        self.plain: dict[str, Any] = {}
        self.files: dict[str, str] = {}
        self.mode = ""
        self.binding = ""
        self.pooled = False
        self.notes: list[str] = []

    def take(self, key: str, value: str) -> None:
        """One parameter. Raises `UnknownSpelling` for one that is not known, or a value that is not."""
        if key in ("sslmode", "ssl"):
            known = {"true": "require", "1": "require", "false": "disable", "0": "disable", "no-verify": "require"}
            self.mode = known.get(value.lower(), value) if key == "ssl" else value
            if self.mode not in MODES:
                raise UnknownSpelling(f"`{key}` is none of {', '.join(MODES)}")
        elif key in ("sslrootcert", "sslcert", "sslkey", "sslpassword"):
            self.files[key] = value
        elif key == "channel_binding":
            if value not in ("disable", "prefer", "require"):
                raise UnknownSpelling("`channel_binding` is none of disable, prefer, require")
            self.binding = value
            if value == "require":
                self.notes.append("channel_binding=require: asyncpg has no channel binding; TLS by `sslmode` stays as written")
        elif key in ("host", "port", "dbname", "user", "password"):
            self.query[key] = value
        elif key in ("application_name", "search_path", "timezone", "options", "statement_timeout", "lock_timeout"):
            self.server[key] = value
        elif key == "schema":
            self.server["search_path"] = value
        elif key == "pgbouncer":
            if value.lower() in ("true", "1"):
                self._behind_pooler()
        elif key in ("statement_cache_size", "prepared_statement_cache_size"):
            self._number(key, value)
            if value == "0":
                self._behind_pooler()
        elif key in ("connect_timeout", "command_timeout"):
            self.plain["timeout" if key == "connect_timeout" else key] = self._number(key, value)
        elif key == "target_session_attrs":
            self.plain[key] = value
        elif key not in LABELS:
            raise UnknownSpelling(f"`{key}` is a parameter that is not understood")

    def _number(self, key: str, value: str) -> float:
        try:
            return float(value)
        except ValueError:
            raise UnknownSpelling(f"`{key}` is no number") from None

    def _behind_pooler(self) -> None:
        """A pooler gives each transaction another session: statements are not kept, and never share a name."""
        self.pooled = True
        self.plain["statement_cache_size"] = 0
        self.plain["prepared_statement_cache_size"] = 0
        self.plain["prepared_statement_name_func"] = _unique

    def arguments(self) -> dict[str, Any]:
        """What asyncpg is called with."""
        found = dict(self.plain)
        if self.server:
            found["server_settings"] = self.server
        if self.mode:
            found["ssl"] = _MODES[self.mode](self.files)
        elif self.files:
            raise UnknownSpelling("certificates are named and no `sslmode`; write sslmode=verify-full")
        return found


    def libpq(self, url: URL) -> dict[str, str | int]:
        """What psycopg is called with, for the same."""
        found: dict[str, str | int | None] = {
            "host": url.host, "port": url.port, "user": url.username, "password": url.password, "dbname": url.database,
            "sslmode": self.mode or None, "channel_binding": self.binding or None, **self.files,
            "application_name": self.server.get("application_name"),
            "target_session_attrs": self.plain.get("target_session_attrs"),
            "connect_timeout": int(self.plain["timeout"]) if "timeout" in self.plain else None,
        }  # fmt: skip
        if self.mode in ("verify-ca", "verify-full") and found.get("sslrootcert") in (None, "system"):
            # psycopg's wheel brings an OpenSSL that does not know where this system keeps its certificates
            found["sslrootcert"] = ssl.get_default_verify_paths().cafile or "system"
        session = {key: value for key, value in self.server.items() if key not in ("options", "application_name")}
        given = [f"-c {key}={_escaped(value)}" for key, value in session.items()]
        found["options"] = " ".join([*filter(None, [self.server.get("options")]), *given]) or None
        return {key: value for key, value in found.items() if value is not None}


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace(" ", "\\ ")


def _unique() -> str:
    return f"__bootproof_{uuid4()}__"


def _context(files: Mapping[str, str], *, verify: bool, hostname: bool) -> ssl.SSLContext:
    """A TLS context as libpq's mode means it: a root certificate makes `require` verify too, as in libpq."""
    root = files.get("sslrootcert", "")
    try:
        context = ssl.create_default_context(cafile=root if root not in ("", "system") else None)
        if files.get("sslcert"):
            context.load_cert_chain(files["sslcert"], files.get("sslkey") or None, files.get("sslpassword") or None)
    except (OSError, ssl.SSLError):
        raise UnknownSpelling("a certificate that it names cannot be read (`sslrootcert`, `sslcert`, `sslkey`)") from None
    context.check_hostname = hostname
    if not verify and not root:
        context.verify_mode = ssl.CERT_NONE
    return context


_MODES: Mapping[str, Callable[[Mapping[str, str]], Any]] = {
    "disable": lambda files: False,
    "allow": lambda files: "allow",
    "prefer": lambda files: "prefer",
    "require": partial(_context, verify=False, hostname=False),
    "verify-ca": partial(_context, verify=True, hostname=False),
    "verify-full": partial(_context, verify=True, hostname=True),
}
