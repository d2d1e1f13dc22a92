"""Connection strings: what they say, and where each part stands."""

import itertools
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bootproof.model.dsn import Dsn, Host, parse


def _parsed(value: str) -> Dsn:
    dsn = parse(value)
    assert dsn is not None, value
    return dsn


def _cut(value: str, *spans: tuple[int, int]) -> str:
    raw = value.encode()
    for start, end in sorted(spans, reverse=True):
        raw = raw[:start] + raw[end:]
    return raw.decode()


def _text(value: str, span: tuple[int, int]) -> str:
    return value.encode()[slice(*span)].decode()


def test_url_of_a_hosting_provider() -> None:
    value = "postgresql://ann:s3cret@ep-1.pooler.example/shop?sslmode=require&channel_binding=require"
    dsn = _parsed(value)
    assert (dsn.style, dsn.scheme, dsn.driver) == ("url", "postgresql", "")
    assert (dsn.user, dsn.password, dsn.host, dsn.port, dsn.database) == (
        "ann",
        "s3cret",
        "ep-1.pooler.example",
        None,
        "shop",
    )
    assert [(each.name, each.value) for each in dsn.parameters] == [
        ("sslmode", "require"),
        ("channel_binding", "require"),
    ]
    assert {part: _text(value, span) for part, span in dsn.spans.items()} == {
        "scheme": "postgresql",
        "user": "ann",
        "password": "s3cret",
        "hosts": "ep-1.pooler.example",
        "database": "shop",
        "query": "?sslmode=require&channel_binding=require",
    }
    assert [_text(value, each.pair) for each in dsn.parameters] == [
        "sslmode=require",
        "channel_binding=require",
    ]
    assert [_text(value, each.separator) for each in dsn.parameters] == ["?", "&"]


@pytest.mark.parametrize(
    ("value", "scheme", "driver"),
    [
        ("postgres://h/d", "postgres", ""),
        ("postgresql+asyncpg://h/d", "postgresql", "asyncpg"),
        ("postgresql+psycopg2cffi://h/d", "postgresql", "psycopg2cffi"),
        ("postgres+psycopg://h/d", "postgres", "psycopg"),
        ("POSTGRESQL://h/d", "POSTGRESQL", ""),
    ],
)
def test_scheme_and_driver(value: str, scheme: str, driver: str) -> None:
    dsn = _parsed(value)
    assert (dsn.scheme, dsn.driver) == (scheme, driver)
    assert value[slice(*dsn.spans["scheme"])] == value.partition(":")[0]


@pytest.mark.parametrize(
    "value",
    [
        "",
        "postgres",
        "sqlite:///./app.db",
        "mysql+aiomysql://u:p@h/d",
        "jdbc:postgresql://h:5432/d",
        "https://postgres.example/",
        "postgresql:/h/d",
        "the host=here is text",
        "host = a b",
        "host=ahost, dbname=b c=d",
        "user=ann password=x",  # names no server and no database: it may be anything
        "DATABASE_URL=postgresql://h/d",
        "''",
        "'",
        "psql",
    ],
)
def test_other_text_is_no_connection_string(value: str) -> None:
    assert parse(value) is None


def test_several_hosts_with_ports() -> None:
    dsn = _parsed("postgresql://u@a:5433,b,[fe80::1]:6432/d?target_session_attrs=any")
    assert dsn.hosts == (Host("a", 5433), Host("b"), Host("fe80::1", 6432))
    assert (dsn.password, dsn.port) == (None, 5433)


@pytest.mark.parametrize(
    "value",
    [
        "postgresql:///shop?host=/var/run/postgresql&port=5433",
        "postgresql://%2Fvar%2Frun%2Fpostgresql:5433/shop",
        "host=/var/run/postgresql port=5433 dbname=shop",
    ],
)
def test_folder_of_unix_sockets(value: str) -> None:
    dsn = _parsed(value)
    assert dsn.hosts == (Host("/var/run/postgresql", 5433),)
    assert dsn.hosts[0].socket
    assert dsn.database == "shop"


def test_hosts_in_the_query_as_sqlalchemy_takes_them() -> None:
    dsn = _parsed("postgresql+psycopg2://ann:pw@/shop?host=one:5432&host=two:5433")
    assert dsn.hosts == (Host("one", 5432), Host("two", 5433))


def test_escapes_are_undone() -> None:
    dsn = _parsed("postgresql://a%40b:p%2Fw%3A@h/my%20db?options=-c%20search_path%3Dx&application_name=a+b")
    assert (dsn.user, dsn.password, dsn.database) == ("a@b", "p/w:", "my db")
    assert [each.value for each in dsn.parameters] == ["-c search_path=x", "a b"]
    assert dsn.unescaped == ""


@pytest.mark.parametrize(
    ("password", "unescaped"),
    [("p@ss", "@"), ("p/ss", "/"), ("a?b", "?"), ("a#b", "#"), ("a:b", ":"), ("50%", "%"), ("a@b/c@", "@/")],
)
def test_password_that_should_have_been_escaped(password: str, unescaped: str) -> None:
    value = f"postgresql://ann:{password}@db.example:5432/shop?sslmode=require"
    dsn = _parsed(value)
    assert (dsn.password, dsn.host, dsn.port, dsn.database) == (password, "db.example", 5432, "shop")
    assert dsn.unescaped == unescaped
    assert _text(value, dsn.spans["password"]) == password


def test_at_sign_in_a_parameter_is_no_end_of_a_password() -> None:
    dsn = _parsed("postgresql://ann:pw@h/d?application_name=me@work")
    assert (dsn.password, dsn.host) == ("pw", "h")


def test_unfilled_placeholders_are_kept() -> None:
    dsn = _parsed("postgresql://${USER}:${PASS}@${HOST}:${PORT}/${NAME}")
    assert (dsn.user, dsn.host, dsn.port, dsn.database) == ("${USER}", "${HOST}", None, "${NAME}")


def test_command_pasted_whole() -> None:
    value = "psql 'postgresql://ann:pw@h/d?sslmode=require'"
    dsn = _parsed(value)
    assert (dsn.prefix, dsn.suffix) == ("psql '", "'")
    assert dsn.parameters[0].value == "require"
    assert _text(value, dsn.spans["scheme"]) == "postgresql"


def test_keyword_string() -> None:
    value = r"host=h1,h2 port=5433 dbname='my db' user=ann password='it\'s' sslmode = require"
    dsn = _parsed(value)
    assert (dsn.style, dsn.scheme) == ("keywords", "")
    assert dsn.hosts == (Host("h1", 5433), Host("h2", 5433))
    assert (dsn.database, dsn.user, dsn.password) == ("my db", "ann", "it's")
    assert _text(value, dsn.spans["password"]) == r"'it\'s'"
    parameter = dsn.parameter("sslmode")
    assert parameter is not None and _text(value, parameter.pair) == "sslmode = require"


def test_nothing_shows_a_password() -> None:
    for value in (
        "postgresql://ann:hunter2@h/d?sslpassword=hunter2",
        "postgresql://ann:hunter2@h@h/d",
        "host=h user=ann password=hunter2",
    ):
        assert "hunter2" not in repr(_parsed(value))


def test_spans_are_bytes() -> None:
    value = "postgresql://zoë:pässwörd@hôte/dätabase?sslmode=require&application_name=ü"
    dsn = _parsed(value)
    assert _text(value, dsn.spans["password"]) == "pässwörd"
    assert _text(value, dsn.parameters[1].pair) == "application_name=ü"


_NAMES = ("sslmode", "channel_binding", "connect_timeout", "application_name")


@pytest.mark.parametrize("style", ["url", "keywords"])
@pytest.mark.parametrize("gone", [c for n in range(5) for c in itertools.combinations(_NAMES, n)])
def test_removal_of_any_parameters_leaves_the_others(style: str, gone: tuple[str, ...]) -> None:
    pairs = [f"{name}=v{i}" for i, name in enumerate(_NAMES)]
    value = "postgresql://h/d?" + "&".join(pairs) if style == "url" else "  ".join([*pairs, "host=h"])
    left = _cut(value, *_parsed(value).removal(*gone))
    kept = [pair for pair in pairs if pair.partition("=")[0] not in gone]
    if style == "url":
        assert left == "postgresql://h/d" + ("?" + "&".join(kept) if kept else "")
    else:
        assert left.split() == [*kept, "host=h"] and left == left.strip()


_WORD = st.text(min_size=1, max_size=12)


@given(user=_WORD, password=_WORD, database=_WORD, value=_WORD)
def test_what_is_escaped_comes_back(user: str, password: str, database: str, value: str) -> None:
    def escape(text: str) -> str:
        return quote(text.encode("utf-8", "replace"), safe="")

    url = f"postgresql://{escape(user)}:{escape(password)}@h:1/{escape(database)}?x={escape(value)}"
    dsn = _parsed(url)
    clean = [text.encode("utf-8", "replace").decode() for text in (user, password, database, value)]
    assert [dsn.user, dsn.password, dsn.database, dsn.parameters[0].value] == clean
    assert dsn.hosts == (Host("h", 1),)


@given(st.text())
def test_no_text_makes_it_raise(text: str) -> None:
    for value in (text, "postgresql://" + text, "host=h " + text, "psql '" + text):
        dsn = parse(value)
        if dsn is not None:
            length = len(value.encode("utf-8", "surrogatepass"))
            assert all(0 <= start <= end <= length for start, end in dsn.spans.values())
