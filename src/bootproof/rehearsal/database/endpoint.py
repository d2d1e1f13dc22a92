"""Where a server is and how one gets in: a Unix socket or TCP, TLS as `sslmode` says, then a login.

Source: PostgreSQL documentation, "Connection Strings", "SSL Support" (libpq) and "SSL Session Encryption" (protocol).
`allow` is taken as `prefer`: TLS where the server has it.
"""

import socket
import struct
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from bootproof.model.dsn import Dsn, parse
from bootproof.rehearsal.database import wire
from bootproof.rehearsal.database.errors import LoginFailed, ServerFailed, Unusable

if TYPE_CHECKING:  # they cost as much to import as the embedded server takes to start, which needs neither
    import ssl

    from bootproof.rehearsal.database.login import Login

SECONDS = 10.0  # to connect and to shake hands
_STATEMENT = 30.0  # for the answer to one statement of ours
_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
SSL_REQUEST = struct.pack("!II", 8, wire.SSL_REQUEST)
_SOCKETS = ("/var/run/postgresql", "/tmp")  # where servers put theirs, Debian's first
_FORM = "write it as postgresql://USER:PASSWORD@HOST/DATABASE"


@dataclass(frozen=True)
class Endpoint:
    """One server. `host` is a name, an address or a folder of Unix sockets; `user` is "" where clients log in as
    whom they say they are, without a password.
    """

    host: str
    port: int = 5432
    user: str = ""
    password: str | None = field(default=None, repr=False)
    sslmode: str = "prefer"
    authority: str = ""  # the file of `sslrootcert`, "" for the system's authorities
    certificate: tuple[str, str] | None = None  # the files of `sslcert` and `sslkey`
    binding: str = "prefer"

    @property
    def path(self) -> str:
        """The Unix socket, "" for TCP."""
        return f"{self.host}/.s.PGSQL.{self.port}" if self.host.startswith("/") else ""

    @property
    def encrypts(self) -> bool:
        """Whether TLS is asked for; PostgreSQL has none over Unix sockets."""
        return self.sslmode != "disable" and not self.path

    def connect(self, database: str, user: str = "", seconds: float = SECONDS) -> wire.Connection:
        """A session in that database. Raises OSError, LoginFailed, QueryFailed, ServerFailed."""
        opened = self._socket(seconds)
        opened.settimeout(_STATEMENT)
        if not self.user:
            return wire.Connection(opened, user, database)
        return wire.Connection(opened, self.user, database, self.login(opened).answer)

    def _socket(self, seconds: float) -> socket.socket:
        if self.path:
            opened = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            opened.settimeout(seconds)
            try:
                opened.connect(self.path)
            except BaseException:
                opened.close()
                raise
            return opened
        opened = socket.create_connection((self.host, self.port), timeout=seconds)
        try:
            opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self.encrypts:
                opened.sendall(SSL_REQUEST)
                if self.agreed(opened.recv(1)):
                    return self.context().wrap_socket(opened, server_hostname=self.host)
        except BaseException:
            opened.close()
            raise
        return opened

    def agreed(self, said: bytes) -> bool:
        """Whether TLS begins, given the answer to the request for it. Raises ServerFailed, LoginFailed."""
        if said == b"S":
            return True
        if said != b"N":
            raise ServerFailed("what answers there is not PostgreSQL")
        if self.sslmode in ("allow", "prefer"):
            return False
        raise LoginFailed(f"the server has no TLS, and the URL says sslmode={self.sslmode}")

    def context(self) -> "ssl.SSLContext":
        """What TLS is spoken with. Raises OSError for files that are none."""
        import ssl

        if self.sslmode in ("verify-ca", "verify-full"):
            context = ssl.create_default_context(cafile=self.authority or None)
            context.check_hostname = self.sslmode == "verify-full"
        else:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        if self.certificate:
            context.load_cert_chain(*self.certificate)
        return context

    def login(self, opened: object) -> "Login":
        """A login over this socket or TLS object."""
        import ssl

        from bootproof.rehearsal.database.login import Login, certificate_hash

        secured = isinstance(opened, ssl.SSLSocket | ssl.SSLObject)
        endpoint = certificate_hash(opened) if secured else None  # type: ignore[arg-type]  # isinstance, above
        return Login(self.user, self.password, endpoint, binding=self.binding)


def endpoint_of(url: str, default_user: str) -> tuple[Endpoint, str]:
    """The server that a URL names, and the database that it names there. Raises Unusable."""
    found = parse(url)
    if found is None:
        raise Unusable(f"The URL of `--database` is not one of PostgreSQL: {_FORM}")
    if len(found.hosts) > 1:
        raise Unusable("The URL of `--database` names several servers: name the one that may be written to")
    given = {each.name: each.value for each in found.parameters}
    mode = given.get("sslmode") or given.get("ssl") or "prefer"
    mode = {"true": "require", "false": "disable"}.get(mode.lower(), mode)
    if mode not in _MODES:
        raise Unusable(f"The URL of `--database` has an unknown sslmode: one of {', '.join(_MODES)}")
    for name in ("sslrootcert", "sslcert", "sslkey"):
        if given.get(name) not in (None, "", "system") and not Path(given[name]).expanduser().is_file():
            raise Unusable(f"The `{name}` in the URL of `--database` is no file: give its absolute path")
    authority = given.get("sslrootcert", "")
    if authority and authority != "system" and mode == "require":
        mode = "verify-ca"  # as libpq does it
    user = found.user or default_user
    certificate = None
    if given.get("sslcert"):
        certificate = _file(given["sslcert"]), _file(given.get("sslkey", given["sslcert"]))
    endpoint = Endpoint(
        _host(found), found.port or 5432, user, found.password, mode,
        "" if authority == "system" else _file(authority), certificate, given.get("channel_binding", "prefer"),
    )  # fmt: skip
    return endpoint, found.database or user


def _file(path: str) -> str:
    return str(Path(path).expanduser()) if path else ""


def _host(found: Dsn) -> str:
    if found.host:
        return found.host
    port = found.port or 5432
    return next((folder for folder in _SOCKETS if Path(folder, f".s.PGSQL.{port}").exists()), "localhost")
