"""A server that the user names: how we get in, that nothing but our own is touched, and what is said where it cannot be."""

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import asyncpg
import psycopg
import psycopg2
import pytest
import trustme

from bootproof.rehearsal.database.errors import ServerFailed, Unusable
from bootproof.rehearsal.database.proxy import Proxy
from bootproof.rehearsal.database.remote import Remote
from tests.rehearsal.database.cluster import PASSWORD, QUOTED, Cluster, running

Through = Callable[[str], tuple[Remote, Proxy, dict[str, object]]]

pytestmark = pytest.mark.usefixtures("no_libpq_settings")


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with running() as made:
        yield made


def _for_asyncpg(to: dict[str, object]) -> dict[str, object]:
    return {("database" if name == "dbname" else name): value for name, value in to.items()}


def _until(condition: Callable[[], bool], what: str, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


@pytest.mark.parametrize("mode", ["disable", "prefer", "require"])
@pytest.mark.parametrize("role", ["open_door", "plain_talker", "old_timer", "maker"])
def test_every_way_in(cluster: Cluster, role: str, mode: str) -> None:
    with cluster.untouched(), Remote(cluster.url(role, f"sslmode={mode}")) as remote:
        remote.check()
        name = remote.take()
        assert remote.query(name, "SELECT current_database(), current_user") == ((name, role),)
        secured = remote.query(name, "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")
        assert secured == (("f" if mode == "disable" else "t",),)


def test_way_in_by_the_folder_of_a_socket(cluster: Cluster) -> None:
    url = f"postgresql://maker@/postgres?host={cluster.folder}&port={cluster.port}"
    with cluster.untouched(), Remote(url) as remote:
        remote.check()
        assert remote.take().startswith("bootproof_")


def test_driver_in_the_scheme_is_no_matter(cluster: Cluster) -> None:
    url = cluster.url("maker", "ssl=require").replace("postgresql:", "postgresql+asyncpg:")
    with cluster.untouched(), Remote(url) as remote:
        remote.check()


def test_channel_binding(cluster: Cluster) -> None:
    with cluster.untouched(), Remote(cluster.url("sealed", "sslmode=require&channel_binding=require")) as remote:
        remote.check()
    for role in ("open_door", "plain_talker", "old_timer"):
        with pytest.raises(Unusable, match="channel binding"):
            Remote(cluster.url(role, "sslmode=require&channel_binding=require")).check()
    with pytest.raises(Unusable, match="channel binding"):
        Remote(cluster.url("maker", "sslmode=disable&channel_binding=require")).check()


def test_certificates(cluster: Cluster, tmp_path: Path) -> None:
    for mode in ("verify-ca", "verify-full", "require"):
        with Remote(cluster.url("maker", f"sslmode={mode}&sslrootcert={cluster.authority}")) as remote:
            remote.check()
    other = tmp_path / "other.pem"
    trustme.CA().cert_pem.write_to_path(other)
    # libpq verifies what `require` is given an authority for
    for parameters in (f"sslmode=require&sslrootcert={other}", f"sslmode=verify-full&sslrootcert={other}", "sslmode=verify-ca"):
        with pytest.raises(Unusable, match=r"(?i)certificate"):
            Remote(cluster.url("maker", parameters)).check()
    named = cluster.url("maker", f"sslmode=verify-full&sslrootcert={cluster.authority}").replace("127.0.0.1", "127.0.0.1.nip.invalid")
    with pytest.raises(Unusable, match="does not answer"):
        Remote(named).check()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lambda cluster: cluster.url("maker", password="an0ther-w0rd"), "password authentication failed.*look at the user"),
        (lambda cluster: cluster.url("maker", password=""), "the URL has none"),
        (lambda cluster: cluster.url("sealed", "sslmode=disable"), "pg_hba.conf rejects connection.*look at the user"),
        (lambda cluster: cluster.url("nobody_here"), "password authentication failed"),
        (lambda cluster: cluster.url("guest"), 'ALTER ROLE "guest" CREATEDB'),
        (lambda cluster: cluster.url("maker", database="no_such"), '"no_such" does not exist.*name a database that is there'),
        (lambda cluster: cluster.url("maker", "sslmode=often"), "unknown sslmode"),
        (lambda cluster: cluster.url("maker", "sslmode=require&sslrootcert=/nowhere.pem"), "`sslrootcert` .* is no file"),
        (lambda cluster: cluster.url("maker").replace("postgresql", "mysql"), "not one of PostgreSQL"),
        (lambda cluster: f"postgresql://maker:{QUOTED}@127.0.0.1:{cluster.port},other/postgres", "several servers"),
        (lambda _: f"postgresql://maker:{QUOTED}@127.0.0.1:1/postgres", "does not answer: Connection refused"),
        (lambda _: f"postgresql://maker:{QUOTED}@no-such-host.invalid/postgres", "look at the host"),
    ],
)  # fmt: skip
def test_what_is_said_where_it_cannot_be_used(cluster: Cluster, wrong: Callable[[Cluster], str], said: str) -> None:
    with cluster.untouched(), pytest.raises(Unusable, match=said) as problem:
        Remote(wrong(cluster)).check()
    text = str(problem.value)
    assert "\n" not in text
    for secret in (PASSWORD, QUOTED, "an0ther-w0rd"):
        assert secret not in text


@pytest.mark.parametrize(
    ("answer", "parameters", "said"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "", "not PostgreSQL"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "?sslmode=disable", "PostgreSQL's protocol"),
        (b"J\0\0\0\n8.0.36\0", "", "not PostgreSQL"),
        (b"N", "?sslmode=require", "has no TLS"),
        (b"", "", "not PostgreSQL"),
    ],
)
def test_what_is_not_postgresql(answer: bytes, parameters: str, said: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            client, _ = listener.accept()
            with client:
                client.recv(64)
                client.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        with pytest.raises(Unusable, match=said):
            Remote(f"postgresql://u:{QUOTED}@127.0.0.1:{listener.getsockname()[1]}/d{parameters}").check()
        thread.join()


def test_databases_come_and_go(cluster: Cluster, tmp_path: Path) -> None:
    with cluster.untouched(), Remote(cluster.url("maker")) as remote:
        remote.check()
        remote.start(tmp_path)
        one, two = remote.take(), remote.take()
        assert one != two
        remote.query(one, "CREATE TABLE orders (id int); CREATE SCHEMA audit; CREATE TABLE audit.entries (id int)")
        assert remote.tables(one) == ("audit.entries", "orders")
        assert remote.tables(two) == ()
        with remote.endpoint.connect(one):  # a session of the project's that nobody ended
            remote.release(one)
            _until(lambda: one not in cluster.databases(), "it was not dropped")
        assert two in cluster.databases()
        with pytest.raises(ValueError, match="not a database that was made here"):
            remote.drop("production")
    with pytest.raises(ServerFailed):
        remote.take()
    remote.stop()
    assert not remote.left


def test_what_cannot_be_dropped_is_named(cluster: Cluster) -> None:
    with cluster.untouched():
        remote = Remote(cluster.url("maker"))
        remote.check()
        name = remote.take()
        cluster.rows("ALTER ROLE maker NOLOGIN")
        try:
            remote.stop()
            assert remote.left == (name,)
        finally:
            cluster.rows("ALTER ROLE maker LOGIN")
        remote.stop()
        assert not remote.left


@pytest.fixture
def through(cluster: Cluster, tmp_path: Path) -> Iterator[Through]:
    """A proxy before a remote server, as one boot sees it."""
    made: list[tuple[Remote, Proxy]] = []

    def open_one(url: str) -> tuple[Remote, Proxy, dict[str, object]]:
        remote = Remote(url)
        remote.check()
        remote.start(tmp_path)
        name = remote.take()
        folder = tmp_path / f"proxy{len(made)}"
        folder.mkdir()
        proxy = Proxy(remote, lambda *_: name, folder=folder, hosts=["127.0.0.1"], passwords={"shop_owner": "its own"}).start()
        made.append((remote, proxy))
        listener = socket.create_server(("127.0.0.1", 0))
        proxy.listen(listener, "boot")
        to: dict[str, object] = {
            "host": "127.0.0.1", "port": listener.getsockname()[1], "user": "shop_owner", "password": "its own", "dbname": "shop",
        }  # fmt: skip
        return remote, proxy, to

    with cluster.untouched():
        yield open_one
        for remote, proxy in made:
            proxy.stop()
            remote.stop()


@pytest.mark.parametrize("connect", [psycopg.connect, psycopg2.connect], ids=["psycopg3", "psycopg2"])
@pytest.mark.parametrize("mode", ["disable", "require"])
def test_superuser_lends_the_project_its_role(cluster: Cluster, through: Through,
                                              connect: Callable[..., object], mode: str) -> None:  # fmt: skip
    remote, proxy, to = through(cluster.url("chief", f"sslmode={mode}"))
    connection: psycopg.Connection = connect(**to, sslmode="require", channel_binding="require")  # type: ignore[assignment]
    cursor = connection.cursor()
    cursor.execute("CREATE TABLE orders (id int)")
    cursor.execute("SELECT current_user, session_user, current_database()")
    row = cursor.fetchone()
    assert row is not None
    assert row[:2] == ("shop_owner", "chief")
    connection.commit()
    connection.close()
    assert remote.tables(row[2]) == ("orders",)
    assert remote.notes == ()
    assert cluster.rows("SELECT rolcanlogin FROM pg_roles WHERE rolname = 'shop_owner'") == ["False"]
    (seen,) = proxy.seen("boot")
    assert (seen.method, seen.failure) == ("scram-sha-256-plus", "")


def test_asyncpg_keeps_the_role_in_a_pool(cluster: Cluster, through: Through) -> None:
    _, _, to = through(cluster.url("chief"))

    async def session() -> list[str]:
        async with asyncpg.create_pool(**_for_asyncpg(to), min_size=1, max_size=1) as pool:
            return [await pool.fetchval("SELECT current_user") for _ in range(3)]

    assert asyncio.run(session()) == ["shop_owner"] * 3


@pytest.mark.parametrize("role", ["maker", "recruiter"])
def test_lesser_role_stands_in_and_says_so(cluster: Cluster, through: Through, role: str) -> None:
    remote, _, to = through(cluster.url(role))
    with psycopg.connect(**to) as connection:  # type: ignore[arg-type]
        row = connection.execute("SELECT current_user").fetchone()
        assert row == (role,)
        connection.execute("CREATE TABLE orders (id int)")
        if role == "recruiter":
            connection.execute("GRANT SELECT ON orders TO shop_owner")
    (note,) = remote.notes
    assert "shop_owner" in note
    assert role in note


def test_role_of_the_servers_own_is_left_alone(cluster: Cluster, through: Through) -> None:
    remote, _, to = through(cluster.url("chief"))
    with psycopg.connect(**{**to, "user": "resident"}) as connection:  # type: ignore[arg-type]
        assert connection.execute("SELECT current_user").fetchone() == ("chief",)
    assert "resident" in remote.notes[0]


def test_errors_of_the_server_reach_the_project(cluster: Cluster, through: Through) -> None:
    _, proxy, to = through(cluster.url("chief"))
    with pytest.raises(psycopg.OperationalError, match="no_such_setting"):
        psycopg.connect(**to, options="-c no_such_setting=1")  # type: ignore[arg-type]
    assert [seen.broken for seen in proxy.seen("boot")] == [False]


def test_statement_is_cancelled(cluster: Cluster, through: Through) -> None:
    _, _, to = through(cluster.url("chief"))

    async def session() -> object:
        connection = await asyncpg.connect(**_for_asyncpg(to))
        try:
            with pytest.raises(TimeoutError):
                await connection.execute("SELECT pg_sleep(30)", timeout=0.3)
            return await connection.fetchval("SELECT 7")  # it waits until the cancelled one has ended
        finally:
            await connection.close()

    begun = time.monotonic()
    assert asyncio.run(session()) == 7
    assert time.monotonic() - begun < 20


def test_server_that_turns_us_away_is_no_evidence(cluster: Cluster, through: Through) -> None:
    _, proxy, to = through(cluster.url("maker"))
    cluster.rows("ALTER ROLE maker PASSWORD 'changed meanwhile'")
    try:
        with pytest.raises(psycopg.OperationalError, match="the database of the rehearsal is not there"):
            psycopg.connect(**to)  # type: ignore[arg-type]
    finally:
        cluster.rows(f"ALTER ROLE maker PASSWORD $${PASSWORD}$$")
    assert [seen.broken for seen in proxy.seen("boot")] == [True]
