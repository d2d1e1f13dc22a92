"""What a start is given by compose files, as compose itself would give it."""

from pathlib import Path

import pytest

from bootproof.project.discover import discover
from bootproof.rehearsal.needs import Places, needs, redis_places, variables

APP = "from fastapi import FastAPI\napp = FastAPI()\n"
COMPOSE = """
services:
  api:
    build: .
    command: uvicorn main:app
    env_file: web.env
    environment:
      DATABASE_URL: postgresql://${DB_USER}:${DB_WORD:-quiet}@db/${DB_NAME}
      MAIL_KEY: ${MAIL_KEY}
      PRICE: 5$$
      NOBODY: "hello ${SURELY_UNSET}!"
"""


def given(root: Path, files: dict[str, str], outside: dict[str, str] | None = None) -> dict[str, str]:
    everything = {"main.py": APP, "compose.yml": COMPOSE, "web.env": "", "Dockerfile": "FROM python:3.12\nCOPY . .\n"}
    for name, text in (everything | files).items():
        (root / name).write_text(text)
    return variables(discover(root), {}, outside or {})


def test_names_are_filled_in_from_the_file_beside_compose(tmp_path: Path) -> None:
    found = given(tmp_path, {".env": "DB_USER=clerk\nDB_NAME=till\n"})
    assert found["DATABASE_URL"] == "postgresql://clerk:quiet@db/till"
    assert (found["PRICE"], found["NOBODY"]) == ("5$", "hello !")


def test_a_lone_name_that_nothing_sets_is_no_value(tmp_path: Path) -> None:
    assert "MAIL_KEY" not in given(tmp_path, {})


def test_the_callers_environment_wins_as_it_does_for_compose(tmp_path: Path) -> None:
    found = given(tmp_path, {".env": "MAIL_KEY=from-file\n"}, {"MAIL_KEY": "from-shell"})
    assert found["MAIL_KEY"] == "from-shell"


def test_lines_of_an_env_file_name_one_another(tmp_path: Path) -> None:
    found = given(tmp_path, {"web.env": "HOST=db\nPORT=5432\nDSN=postgresql://${HOST}:${PORT}/till\n"})
    assert found["DSN"] == "postgresql://db:5432/till"


@pytest.mark.parametrize(
    ("code", "hosts", "ports", "tls"),
    [
        ('connect("redis://cache:6390/2")', {"cache"}, {6379, 6390}, False),
        ('connect("rediss://worker:w@rd.example.com/0")', {"rd.example.com"}, {6379}, True),
        ('Redis(\n    host="cache.internal",\n    port=6391,\n)', {"cache.internal"}, {6379, 6391}, False),
        ("class Settings:\n    redis_host: str = 'keys'\n    REDIS_PORT: int = 6392\n", {"keys"}, {6379, 6392}, False),
        ('connect("redis+sentinel://one:26379/x")', {"one"}, {6379, 26379}, False),
        ("Redis(host=settings.redis_host, port=int(settings.redis_port))", set(), {6379}, False),
        ("Redis()", set(), {6379}, False),
        ('connect("redis://localhost:8000")', set(), {6379}, False),  # the server's own port
    ],
)
def test_where_redis_is_said_to_be(tmp_path: Path, code: str, hosts: set[str], ports: set[int], tls: bool) -> None:
    (tmp_path / "main.py").write_text(APP)
    (tmp_path / "cache.py").write_text(code)
    (tmp_path / "Procfile").write_text("web: uvicorn main:app --port 8000\n")
    found = redis_places(discover(tmp_path), lambda file: (tmp_path / file).read_bytes(), ("main.py", "cache.py"))
    assert found == Places(frozenset(hosts), frozenset(ports), tls)


def test_no_service_is_where_the_server_itself_listens(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(APP)
    (tmp_path / "tests.py").write_text('A = "postgresql://localhost:8000/x"\nB = "redis://localhost:8000"\nC = "postgresql://localhost:8123/x"\n')
    found = needs(discover(tmp_path), lambda file: (tmp_path / file).read_bytes(), ("main.py", "tests.py"))
    assert 8000 not in found.every_port and 8123 in found.every_port
    (tmp_path / "Procfile").write_text("web: uvicorn main:app --port 8123\n")
    found = needs(discover(tmp_path), lambda file: (tmp_path / file).read_bytes(), ("main.py", "tests.py"))
    assert 8123 not in found.every_port


def test_settings_say_it_too(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(APP)
    (tmp_path / ".env").write_text("REDIS_HOST=keys\nREDIS_PORT=6393\nBROKER_URL=redis://broker/0\n")
    found = redis_places(discover(tmp_path, env_files=[tmp_path / ".env"]), lambda file: (tmp_path / file).read_bytes(), ())
    assert found == Places(frozenset({"keys", "broker"}), frozenset({6379, 6393}))


def test_a_project_that_speaks_of_no_redis_needs_none(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(APP)
    assert redis_places(discover(tmp_path), lambda file: (tmp_path / file).read_bytes(), ("main.py",)) == Places()


def test_hosts_of_values_that_a_user_gives_are_led_too(tmp_path: Path) -> None:
    """A loop that resolves names in C (uvloop) knows only those of the rehearsal's own /etc/hosts."""
    (tmp_path / "main.py").write_text(APP)
    project = discover(tmp_path)
    found = needs(project, lambda _: None, (), (), ["postgresql://app:word@db.given.example:6543/app", "plain"])
    assert "db.given.example" in found.hosts and 6543 in found.ports
