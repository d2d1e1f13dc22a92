"""What a rehearsal must offer a project: addresses of databases and of Redis, variables, an /etc/hosts."""

import ipaddress
import os
import posixpath
import re
import socket
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote

from bootproof.model.project import GIVEN, Project, SettingValue
from bootproof.project.shell import expand

URL = re.compile(
    r"(?:postgres|postgresql)(?:\+\w+)?://(?:(?P<user>[^:@/\s'\"]*)(?::(?P<password>[^@/\s'\"]*))?@)?"
    r"(?P<host>\[[^\]]+\]|[^:/?\s'\",}{]*)(?::(?P<port>\d+))?"
)
PART = re.compile(
    r"(?:POSTGRES|PG|DB|DATABASE)\w*?_?(?P<what>HOST|SERVER|ADDRESS|PORT|USER|USERNAME|PASSWORD|PASS)$", re.IGNORECASE
)
# The statement as SQL and Python write it, its text in pieces too; alembic_utils calls its class PGExtension.
CREATED = re.compile(
    rb"""(?:\bCREATE\s+EXTENSION\b(?:[\s"']+IF\s+NOT\s+EXISTS\b)?[\s"'\\]*|PGExtension\([^)]*?signature\s*=\s*["'])
    (?:(?P<name>[A-Za-z_][A-Za-z0-9_-]*)|[{%:+])""",
    re.IGNORECASE | re.VERBOSE,
)
EXTENSIONS = (
    b"uuid-ossp", b"pgcrypto", b"citext", b"pg_trgm", b"hstore", b"btree_gist", b"btree_gin", b"unaccent", b"ltree",
    b"postgis", b"vector", b"timescaledb", b"pg_stat_statements", b"fuzzystrmatch", b"cube", b"earthdistance", b"intarray",
)  # fmt: skip
USUAL_PORTS = frozenset({5432, 6432, 6543})  # PostgreSQL, PgBouncer, a hosted pooler's transaction port
REDIS = re.compile(
    r"(?:redis|valkey)(?P<tls>s)?(?:\+\w+)?://(?:[^@/\s'\"]*@)?(?P<host>\[[^\]]+\]|[^:/?\s'\",}{]*)(?::(?P<port>\d+))?"
)
# `REDIS_PORT=6380`, `redis_port: int = 6380`
REDIS_PART = re.compile(
    r"(?:REDIS|VALKEY)\w*?_(?P<what>HOST|PORT)\w*[\"']?\s*(?::\s*\w+\s*)?[=:]\s*[\"']?(?P<value>[\w.-]+)", re.IGNORECASE
)
REDIS_CALL = re.compile(r"(?:Redis|Valkey|ConnectionPool)\(([^()]*)\)")  # `Redis(host="cache", port=6380)`
REDIS_ARGUMENT = re.compile(r"\b(?P<what>host|port)\s*=\s*[\"']?(?P<value>[\w.-]+)")
REDIS_PORT = 6379
REDIS_WORDS = (b"redis", b"Redis", b"REDIS", b"valkey", b"Valkey", b"VALKEY")


@dataclass(frozen=True)
class Places:
    """Where a project says that a service of one kind is; without ports it needs none."""

    hosts: frozenset[str] = frozenset()
    ports: frozenset[int] = frozenset()
    tls: bool = False


@dataclass(frozen=True)
class Needs:
    """Addresses of databases that the project names, and the passwords by which its drivers authenticate."""

    hosts: frozenset[str]
    ports: frozenset[int]
    passwords: Mapping[str, tuple[str, ...]] = field(repr=False)  # of each user, all that the files name
    extensions: frozenset[str] = frozenset()  # of PostgreSQL, that the project creates
    redis: Places = Places()

    @property
    def every_host(self) -> frozenset[str]:
        """The hosts of all services that are led to ours."""
        return self.hosts | self.redis.hosts

    @property
    def every_port(self) -> frozenset[int]:
        """The ports of all services that are led to ours."""
        return self.ports | self.redis.ports


SERVER_PORT = 8000  # where a real server is made to listen whose start names no port: uvicorn's own


def needs(
    project: Project, read: Callable[[str], bytes | None], python_files: tuple[str, ...], sql_files: Iterable[str] = (),
    given: Iterable[str] = (),
) -> Needs:  # fmt: skip
    """Reads them off the project's settings, off connection strings in its own code, and off the values that a user gives.

    `sql_files` are those (Python, SQL, shell) in which extensions may be created.
    """
    texts = [*given, *(value.value for value in project.settings)]
    for file in python_files:
        content = read(file)
        if content is not None and b"postgres" in content:
            texts.append(content.decode("utf-8", "replace"))
    hosts: set[str] = set()
    ports = set(USUAL_PORTS)
    passwords: dict[str, tuple[str, ...]] = {}
    for text in texts:
        for match in URL.finditer(text):
            host = match["host"].strip("[]")
            if host and host not in ("localhost", "127.0.0.1", "::1"):
                hosts.add(host)
            if match["port"]:
                ports.add(int(match["port"]))
            if match["user"] and match["password"]:
                user, word = unquote(match["user"]), unquote(match["password"])
                passwords[user] = (*passwords.get(user, ()), word)
    parts = {key.upper(): value.value for key, value in ((each.key, each) for each in reversed(project.settings))}
    users, words = [], []
    for key, value in parts.items():
        found = PART.search(key)
        if found is None or not value:
            continue
        what = found["what"].upper()
        if what == "PORT" and value.isdigit():
            ports.add(int(value))
        elif what in ("HOST", "SERVER", "ADDRESS") and re.fullmatch(r"[\w.-]+", value) and value != "localhost":
            hosts.add(value)
        elif what in ("USER", "USERNAME"):
            users.append(value)
        elif what in ("PASSWORD", "PASS"):
            words.append(value)
    for user in users:
        passwords[user] = (*passwords.get(user, ()), *words)
    usable = frozenset(port for port in ports - _own_ports(project) if 0 < port < 65536)
    known = {user: tuple(dict.fromkeys(each)) for user, each in passwords.items() if each}
    redis = redis_places(project, read, python_files)
    return Needs(frozenset(hosts), usable - redis.ports, known, extensions(map(read, sql_files)), redis)


def _own_ports(project: Project) -> set[int]:
    """Where the project's own server listens: no service can be there, whatever a string in its tests says."""
    named = (project.target.port if project.target else None, project.start.port if project.start else None)
    return {port or SERVER_PORT for port in named}


def redis_places(project: Project, read: Callable[[str], bytes | None], python_files: tuple[str, ...]) -> Places:
    """Where the project says that its Redis is: nowhere, where it speaks of none."""
    texts = [f'{each.key}="{each.value}"' for each in project.settings]
    for file in python_files:
        content = read(file)
        if content is not None and any(word in content for word in REDIS_WORDS):
            texts.append(content.decode("utf-8", "replace"))
    texts += [each.text for file in project.dependencies if file.chosen for each in file.requirements]
    spoken = [text for text in texts if re.search("redis|valkey", text, re.IGNORECASE)]
    if not spoken:
        return Places()
    hosts: set[str] = set()
    ports = {REDIS_PORT}
    tls = False
    for text in spoken:
        for match in REDIS.finditer(text):
            hosts.add(match["host"].strip("[]"))
            ports.add(int(match["port"] or REDIS_PORT))
            tls = tls or bool(match["tls"])
        arguments = (each for call in REDIS_CALL.finditer(text) for each in REDIS_ARGUMENT.finditer(call[1]))
        for match in (*REDIS_PART.finditer(text), *arguments):
            if match["what"].upper() == "HOST" and re.search(r"[\"']", match[0]):
                hosts.add(match["value"])
            elif match["value"].isdigit():
                ports.add(int(match["value"]))
    return Places(
        frozenset(hosts - {"", "localhost", "127.0.0.1", "::1"}),
        frozenset(port for port in ports - _own_ports(project) - USUAL_PORTS if 0 < port < 65536),
        tls,
    )


def extensions(contents: Iterable[bytes | None]) -> frozenset[str]:
    """The extensions of PostgreSQL that these files create, by their names.

    Where a name is put in at run time (`f'CREATE EXTENSION "{name}"'`), the well-known ones that the file quotes.
    """
    found: set[bytes] = set()
    for content in contents:
        if not content or b"extension" not in (lowered := content.lower()):
            continue
        for match in CREATED.finditer(content):
            name = match["name"]
            found |= (
                {name} if name else {each for each in EXTENSIONS if re.search(rb"[\"']" + each + rb"[\"']", lowered)}
            )
    return frozenset(name.decode() for name in found)


def variables(project: Project, options: Mapping[str, str], outside: Mapping[str, str]) -> dict[str, str]:
    """The environment variables that the project would be started with.

    Options win; then what the start's shell, compose, Dockerfile and Procfile set, where no settings file that the project loads
    itself does; then, of the caller's own environment, only variables that the project reads and nothing sets.
    """
    loaded = {value.key.upper() for value in project.settings if value.loaded and value.source == "env-file"}
    found: dict[str, str] = {}
    for value in project.settings:
        if value.source in GIVEN and value.key.upper() not in loaded:
            text = _interpolated(value, project, outside) if value.source == "compose" else value.value
            if text is not None:
                found.setdefault(value.key, text)
    known = loaded | {key.upper() for key in found}
    wanted = {name for each in project.fields for name in (each.variables or (each.name,))}
    for name, text in outside.items():
        if name.upper() not in known and any(name.upper() == each.upper() for each in wanted) and name not in PROCESS:
            found[name] = text
    found.update(options)
    return found


def _interpolated(value: SettingValue, project: Project, outside: Mapping[str, str]) -> str | None:
    """A value with its `${NAME}` filled in as compose does: from the caller's environment, the `.env` beside the
    compose file, and earlier lines of an `env_file`. None for a lone name that nothing sets.
    """
    beside = posixpath.join(posixpath.dirname(value.file), ".env")
    inside = value.file if not value.file.endswith((".yml", ".yaml")) else beside
    names = {each.key: each.value for each in reversed(project.settings) if each.file in (beside, inside)}
    text = value.value.replace("$$", "\0")
    for _ in range(_DEPTH):
        text = expand(text, {**names, **outside})
    if _LONE.fullmatch(text):
        return None
    return _UNSET.sub("", text).replace("\0", "$")


_DEPTH = 3  # how often a value may name a value that names another
_LONE = re.compile(r"\$(?:\w+|\{\w+[^{}]*\})")
_UNSET = re.compile(r"\$(?:[A-Za-z_]\w*|\{\w+[^{}]*\})")
PROCESS = frozenset({"PATH", "HOME", "LANG", "TZ", "TMPDIR", "PWD", "USER", "SHELL", "TERM", "HOSTNAME"})


def process_variables(python: Path, home: Path, lead: str) -> dict[str, str]:
    """What every process has: a path, a home and a temporary folder of its own, the database's address for libpq."""
    return {
        "PATH": f"{python.parent}{os.pathsep}/usr/local/bin{os.pathsep}/usr/bin{os.pathsep}/bin",
        "VIRTUAL_ENV": str(python.parent.parent),
        "HOME": str(home),
        "TMPDIR": str(home / "tmp"),
        "LANG": "C.UTF-8",
        "TZ": os.environ.get("TZ", "UTC"),
        "PGHOSTADDR": lead,
    }


def hosts_file(hosts: frozenset[str], lead: str) -> str:
    """An /etc/hosts in which the hosts of the project's services lead to ours."""
    lines = ["127.0.0.1 localhost", "::1 localhost ip6-localhost", f"127.0.0.1 {socket.gethostname()}"]
    lines += [
        f"{lead} {host}" for host in sorted(hosts) if re.fullmatch(r"[A-Za-z0-9_.-]+", host) and not _literal(host)
    ]
    return "\n".join(lines) + "\n"


def addresses(hosts: frozenset[str]) -> tuple[str, ...]:
    """Those hosts that are addresses outside this machine, as the project writes them instead of names."""
    found = []
    for host in sorted(hosts):
        if _literal(host):
            address = ipaddress.ip_address(host)
            if not (address.is_loopback or address.is_unspecified or address.is_multicast):
                found.append(host)
    return tuple(found)


def own_addresses() -> tuple[str, ...]:
    """The IPv4 addresses of this machine beside the loopback's (proc(5), /proc/net/fib_trie): a server may listen there."""
    try:
        table = Path("/proc/net/fib_trie").read_text()
    except OSError:
        return ()
    found = re.findall(r"\|-- (\d+\.\d+\.\d+\.\d+)\n\s+/32 host LOCAL", table)
    return tuple(sorted({each for each in found if not each.startswith("127.")}))


def _literal(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
