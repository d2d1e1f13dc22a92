"""Real rehearsals: one environment for the session, one rehearser for each module, one variant for each test.

The environment is installed from the configured package index once and kept between sessions.
"""

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from bootproof.environment.provision import provision
from bootproof.model.environment import Environment
from bootproof.project.discover import discover
from bootproof.project.sources import Sources
from bootproof.rehearsal import sandbox
from bootproof.rehearsal.needs import REDIS_WORDS, needs, variables
from bootproof.rehearsal.rehearser import Rehearser

REQUIREMENTS = """\
fastapi
uvicorn[standard]
sqlmodel
greenlet
alembic
asyncpg
psycopg[binary]
psycopg2-binary
flask
numpy
redis
"""

HOST = "ep-calm-lake-1.eu-2.aws.neon.example"
PASSWORD = "s3cr3t-Lantern"
PARAMETERS = "sslmode=require&channel_binding=require"
SETTINGS = f"""\
DSN=postgresql://shop_owner:{PASSWORD}@{HOST}/shop?{PARAMETERS}
PLAIN=postgresql://shop_owner:{PASSWORD}@{HOST}/shop
LOCAL=postgresql://shop_owner:{PASSWORD}@localhost:5432/shop
ADDRESS=postgresql://shop_owner:{PASSWORD}@203.0.113.7:6432/shop
SIX=postgresql://shop_owner:{PASSWORD}@[2001:db8::7]:6432/shop
"""
LOADED = (
    "fastapi", "fastapi.middleware", "starlette.middleware.base", "sqlmodel", "sqlalchemy.ext.asyncio", "asyncpg",
    "psycopg", "psycopg2", "greenlet", "flask", "uvicorn", "numpy",
)  # fmt: skip

Open = Callable[..., Rehearser]


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """Real packages in a real venv."""
    root = tmp_path_factory.mktemp("requirements")
    (root / "requirements.txt").write_text(REQUIREMENTS)
    (root / "main.py").write_text("from fastapi import FastAPI\napp = FastAPI()\n")
    cache = Path(tempfile.gettempdir()) / f"bootproof-tests-{os.getuid()}"
    found = provision(discover(root), progress=lambda text: None, cache=cache)
    assert isinstance(found, Environment), found
    return found


def write(root: Path, files: Mapping[str, str | bytes]) -> Path:
    """A tree of files."""
    for path, content in files.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return root


def rehearser_of(
    root: Path, environment: Environment, *, app: str | None = None, timeout: float = 20.0,
    modules: tuple[str, ...] = LOADED,
) -> Rehearser:  # fmt: skip
    """A rehearser of the project at `root`, as an audit makes it. Not open yet."""
    project = discover(root, app=app)
    assert project.target is not None
    sources = Sources(project.root, project.target.path)
    return Rehearser(
        project, environment, project.target,
        needs(project, sources.text, sources.holding((b"postgres", *REDIS_WORDS))), variables(project, {}, {}), timeout=timeout,
    )  # fmt: skip


@pytest.fixture
def opened(tmp_path: Path, environment: Environment) -> Iterator[Open]:
    """Opens rehearsers of trees of a test's own and closes them."""
    made: list[Rehearser] = []

    def open_one(
        files: Mapping[str, str | bytes], *, folder: str = "backend", app: str | None = None, timeout: float = 20.0,
        modules: tuple[str, ...] = ("fastapi",),
    ) -> Rehearser:  # fmt: skip
        rehearser = rehearser_of(write(tmp_path / folder, files), environment, app=app, timeout=timeout)
        made.append(rehearser)
        rehearser.open(modules)
        return rehearser

    yield open_one
    for each in made:
        each.close()


BASE = {
    "app/__init__.py": "",
    "app/main.py": "from fastapi import FastAPI\napp = FastAPI()\n",
    ".env": SETTINGS,
    "requirements.txt": REQUIREMENTS,
}


@pytest.fixture(scope="module", params=["isolated", "bare"])
def rehearser(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, environment: Environment
) -> Iterator[Rehearser]:
    """One base project; a test replaces its files. Twice: in namespaces, and as where a system allows none."""
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "bare":
            patch.setattr(sandbox, "isolation", lambda: "")
        elif not sandbox.isolation():
            pytest.skip("this system allows no namespaces")
        root = write(tmp_path_factory.mktemp("base") / "backend", BASE)
        with rehearser_of(root, environment, app="app.main:app") as made:
            made.open(LOADED)
            yield made


def fingerprint(root: Path) -> dict[str, tuple[int, int, str]]:
    """Mode, time of change and content of everything below a folder."""
    found = {}
    for path in sorted(root.rglob("*")):
        status = path.lstat()
        content = path.read_bytes() if path.is_file() and not path.is_symlink() else b""
        found[str(path.relative_to(root))] = (
            status.st_mode, status.st_mtime_ns, hashlib.sha256(content).hexdigest()
        )  # fmt: skip
    return found
