"""PostgreSQL connection strings, in every spelling that people paste, with the place of each part.

Source: PostgreSQL documentation, "Connection Strings" (libpq), and SQLAlchemy's "Database URLs" for
`+driver`. Spans are bytes of the value's UTF-8, so that an edit replaces one part and leaves the rest as it
stands.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from urllib.parse import unquote, unquote_plus

Span = tuple[int, int]

# The parameters by which libpq's own `key=value` strings are told from other text.
_KEYWORDS = frozenset(
    re.findall(
        r"\w+",
        """
        host hostaddr port dbname user password passfile require_auth channel_binding connect_timeout
        client_encoding options application_name fallback_application_name keepalives keepalives_idle
        keepalives_interval keepalives_count tcp_user_timeout replication gssencmode sslmode requiressl
        sslnegotiation sslcompression sslcert sslkey sslpassword sslcertmode sslrootcert sslcrl sslcrldir
        sslsni requirepeer ssl_min_protocol_version ssl_max_protocol_version krbsrvname gsslib gssdelegation
        service target_session_attrs load_balance_hosts min_protocol_version max_protocol_version
        """,
    )
)
_URL = re.compile(r"(?P<name>postgres(?:ql)?)(?:\+(?P<driver>[A-Za-z0-9_]+))?://", re.IGNORECASE)
# Hosting providers offer the string inside the command to paste: psql 'postgresql://…'
_WRAPPING = re.compile(r"\s*(?:psql\s+)?(?P<quote>[\"']?)", re.IGNORECASE)
_PAIR = re.compile(
    r"\s*(?P<key>[A-Za-z_]+)\s*=\s*(?P<value>'(?:[^'\\]|\\.)*'|(?:[^\s'\\]|\\.)(?:[^\s\\]|\\.)*|)", re.DOTALL
)


@dataclass(frozen=True)
class Host:
    """One server; `name` may be a folder of Unix sockets, or "" for the driver's default."""

    name: str
    port: int | None = None

    @property
    def socket(self) -> bool:
        """Whether it is a folder of Unix sockets (or an abstract one, `@…`)."""
        return self.name.startswith(("/", "@"))


@dataclass(frozen=True)
class DsnParameter:
    """One parameter. `pair` spans `name=value`, `separator` the `?`, `&` or blank before it."""

    name: str
    value: str = field(repr=False)  # `password` and `sslpassword` are parameters too
    pair: Span
    separator: Span


@dataclass(frozen=True)
class Dsn:
    """What a connection string says, unescaped. `style` is "url" or "keywords" (`host=… dbname=…`).

    `spans` holds the place of: scheme (`postgresql+asyncpg`, without `://`), user, password, hosts, database
    and query (from `?` to the end), each only where it stands. `prefix` and `suffix` were pasted around it.
    In `keywords`, every pair is in `parameters` too.
    """

    style: str
    scheme: str  # as spelt, without the driver; "" in keywords
    driver: str
    user: str | None
    password: str | None = field(repr=False)
    hosts: tuple[Host, ...]
    database: str | None
    parameters: tuple[DsnParameter, ...] = ()
    spans: Mapping[str, Span] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    prefix: str = ""
    suffix: str = ""
    unescaped: str = field(default="", repr=False)  # characters of the password that a URL must escape

    @property
    def host(self) -> str | None:
        """The first server's name, None where none is named."""
        return self.hosts[0].name or None if self.hosts else None

    @property
    def port(self) -> int | None:
        """The first server's port, None where none is named or it is no number."""
        return self.hosts[0].port if self.hosts else None

    def parameter(self, name: str) -> DsnParameter | None:
        """The parameter of that name; of several the last, which is the one that libpq takes."""
        return next((each for each in reversed(self.parameters) if each.name == name), None)

    def removal(self, *names: str) -> tuple[Span, ...]:
        """The spans to cut so that these parameters go and the rest stays well-formed; none overlap.

        Each span holds one separator: the one before it, or the one behind it where others stay after it.
        """
        cut = [each.name in names for each in self.parameters]
        first_kept = next((i for i, gone in enumerate(cut) if not gone), None)
        spans = []
        for i, each in enumerate(self.parameters):
            if not cut[i]:
                continue
            if first_kept is not None and i < first_kept:
                # The separator before the first stays, for the one that becomes first.
                spans.append((each.pair[0], self.parameters[i + 1].pair[0]))
            else:
                spans.append((each.separator[0], each.pair[1]))
        return tuple(spans)


def parse(value: str) -> Dsn | None:
    """The connection string in `value`, or None where it is not one of PostgreSQL's. Never raises."""
    wrapping = _WRAPPING.match(value)
    start = wrapping.end() if wrapping else 0
    quote = wrapping["quote"] if wrapping else ""
    end = len(value.rstrip())
    if quote and end > start and value.endswith(quote, start, end):
        end -= 1
    elif quote:
        start -= 1  # a quote that nobody closes belongs to the text
    text = value[start:end]
    found = _url(text, value, start) or _keywords(text, value, start)
    return found and _wrapped(found, value[:start], value[end:])


def _url(text: str, value: str, offset: int) -> Dsn | None:
    scheme = _URL.match(text)
    if scheme is None:
        return None
    mark = _Marks(value, offset)
    spans = {"scheme": mark.span(0, scheme.end() - 3)}
    # A raw `?` in a password does not begin the query: only one behind the `@` before the hosts does.
    question = text.find("?", max(_at(text, scheme.end()), scheme.end()))
    query_start = question if question >= 0 else len(text)
    at = text.rfind("@", scheme.end(), query_start)
    hosts_start = at + 1 if at >= 0 else scheme.end()
    slash = text.find("/", hosts_start, query_start)
    hosts_end = slash if slash >= 0 else query_start

    user = password = None
    unescaped = ""
    if at >= 0:
        user_text, colon, password_text = text[scheme.end() : at].partition(":")
        user = unquote(user_text)
        spans["user"] = mark.span(scheme.end(), scheme.end() + len(user_text))
        if colon:
            password = unquote(password_text)
            spans["password"] = mark.span(at - len(password_text), at)
            unescaped = "".join(
                dict.fromkeys(re.findall(r"[@:/?#\[\]\s]|%(?![0-9A-Fa-f]{2})", password_text))
            )
    hosts = _hosts(text[hosts_start:hosts_end])
    if hosts_end > hosts_start:
        spans["hosts"] = mark.span(hosts_start, hosts_end)
    database = None
    if slash >= 0 and query_start > slash + 1:
        database = unquote(text[slash + 1 : query_start])
        spans["database"] = mark.span(slash + 1, query_start)
    parameters: tuple[DsnParameter, ...] = ()
    if question >= 0:
        spans["query"] = mark.span(question, len(text))
        parameters = _query(text, question, mark)
    # libpq and SQLAlchemy take these from the query too, and the query wins.
    given = {each.name: each.value for each in parameters}
    named = [each.value for each in parameters if each.name == "host" and each.value]
    return Dsn(
        style="url",
        scheme=scheme["name"],
        driver=scheme["driver"] or "",
        user=given.get("user", user),
        password=given.get("password", password),
        hosts=_listed(",".join(named), given.get("port", ""))
        if named
        else _ported(hosts, given.get("port", "")),
        database=given.get("dbname", database),
        parameters=parameters,
        spans=MappingProxyType(spans),
        unescaped=unescaped,
    )


def _at(text: str, start: int) -> int:
    """Where the `@` before the hosts stands, -1 without one. An `@` in a parameter's value is none."""
    question = text.find("?", start)
    at = text.rfind("@", start, question if question >= 0 else len(text))
    if at < 0 and question >= 0:
        behind = text.find("@", question)
        # user:pass?word@host — no parameter begins between the question mark and the @.
        if behind >= 0 and "=" not in text[question:behind] and ":" in text[start:question]:
            at = behind
    return at


def _hosts(text: str) -> tuple[Host, ...]:
    return tuple(_host(part) for part in text.split(",")) if text else ()


def _host(text: str) -> Host:
    bracketed = re.fullmatch(r"\[(?P<name>[^\]]*)\](?::(?P<port>.*))?", text)
    if bracketed:
        return Host(unquote(bracketed["name"]), _port(bracketed["port"] or ""))
    name, _, port = text.partition(":")
    return Host(unquote(name), _port(port))


def _port(text: str) -> int | None:
    return int(text) if re.fullmatch(r"[0-9]{1,5}", text) else None


def _listed(names: str, ports: str) -> tuple[Host, ...]:
    """Hosts and ports as libpq lists them (one port for all, or one for each) or SQLAlchemy (`host:port`)."""
    numbers = [_port(port.strip()) for port in ports.split(",")] if ports else []
    listed = []
    for i, name in enumerate(names.split(",")):
        host = Host(name) if name.startswith(("/", "@")) or name.count(":") > 1 else _host(name)
        number = numbers[i] if i < len(numbers) else (numbers[0] if len(numbers) == 1 else None)
        listed.append(Host(host.name, host.port or number))
    return tuple(listed)


def _ported(hosts: tuple[Host, ...], ports: str) -> tuple[Host, ...]:
    port = _port(ports)
    return tuple(Host(host.name, port) for host in hosts) if port is not None else hosts


def _query(text: str, question: int, mark: "_Marks") -> tuple[DsnParameter, ...]:
    parameters = []
    at = question
    while at < len(text):
        end = text.find("&", at + 1)
        end = end if end >= 0 else len(text)
        pair = text[at + 1 : end]
        if pair:
            name, _, raw = pair.partition("=")
            parameters.append(
                DsnParameter(
                    unquote_plus(name), unquote_plus(raw), mark.span(at + 1, end), mark.span(at, at + 1)
                )
            )
        at = end
    return tuple(parameters)


def _keywords(text: str, value: str, offset: int) -> Dsn | None:
    mark = _Marks(value, offset)
    parameters: list[DsnParameter] = []
    places: dict[str, Span] = {}
    at = 0
    while text[at:].strip():
        pair = _PAIR.match(text, at)
        if pair is None or pair["key"] not in _KEYWORDS or (at and pair.start("key") == at):
            return None
        raw = pair["value"]
        quoted = raw.startswith("'")
        plain = re.sub(r"\\(.)", r"\1", raw[1:-1] if quoted else raw, flags=re.DOTALL)
        parameters.append(
            DsnParameter(
                pair["key"],
                plain,
                mark.span(pair.start("key"), pair.end()),
                mark.span(at, pair.start("key")),
            )
        )
        places[pair["key"]] = mark.span(pair.start("value"), pair.end("value"))
        at = pair.end()
    given = {each.name: each.value for each in parameters}
    if not given.keys() & {"host", "hostaddr", "dbname"}:
        return None
    names = given.get("host") or given.get("hostaddr") or ""
    known = {"user": "user", "password": "password", "hosts": "host", "database": "dbname"}
    return Dsn(
        style="keywords",
        scheme="",
        driver="",
        user=given.get("user"),
        password=given.get("password"),
        hosts=_listed(names, given.get("port", "")) if names or "port" in given else (),
        database=given.get("dbname"),
        parameters=tuple(parameters),
        spans=MappingProxyType({part: places[key] for part, key in known.items() if key in places}),
    )


def _wrapped(dsn: Dsn, prefix: str, suffix: str) -> Dsn:
    return replace(dsn, prefix=prefix, suffix=suffix)


class _Marks:
    """Turns places in the text into bytes of the whole value."""

    def __init__(self, value: str, offset: int) -> None:
        self._value = value
        self._offset = offset

    def span(self, start: int, end: int) -> Span:
        """The byte span of text[start:end]."""
        return self._byte(start), self._byte(end)

    def _byte(self, place: int) -> int:
        return len(self._value[: self._offset + place].encode("utf-8", "surrogatepass"))
