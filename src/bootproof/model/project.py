"""The project under audit, as `project.discover` reads it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from types import MappingProxyType


@dataclass(frozen=True)
class Evidence:
    """Why something is believed of a project: a line of one of its files, or a word of the user."""

    text: str
    file: str | None = None
    line: int | None = None


@dataclass(frozen=True)
class Target:
    """The application target, as a server is given it.

    `directory` is the working directory, relative to the project's root ("." for the root); `path` the
    folders that go first on `sys.path`, relative to the root; `call` says that `attribute` is a factory.
    """

    module: str
    attribute: str
    file: str
    directory: str = "."
    path: tuple[str, ...] = (".",)
    call: bool = False
    interface: str = "asgi"  # or "wsgi"; "celery" for a worker
    host: str | None = None
    port: int | None = None
    evidence: tuple[Evidence, ...] = ()

    @property
    def spec(self) -> str:
        """`module:attribute`, as uvicorn takes it."""
        return f"{self.module}:{self.attribute}"


@dataclass(frozen=True)
class StartCommand:
    """The project's own start command, as a deployment runs it.

    `argv` are its words, those of wrappers (`exec`, `poetry run`) left out and variables filled in. It runs in
    `directory`, with `path` on PYTHONPATH, both relative to the root. `files` are those in which its words stand, the
    nearest first. `runs` says that it is more than `uvicorn module:attribute`: a rehearsal runs it as it stands.
    """

    argv: tuple[str, ...]
    evidence: Evidence
    directory: str = "."
    path: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    variables: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))  # that only the platform sets
    port: int | None = None
    runs: bool = False
    based: bool = False  # it runs in an image that may bring servers which the project does not declare
    notes: tuple[str, ...] = ()  # what is not known here, and what was done about it

    @property
    def program(self) -> str:
        """The server's name, also where Python runs it as a module; `python` for a script or module of another name."""
        name = PurePosixPath(self.argv[0]).name
        if name.startswith("python"):
            words = [each for each in self.argv[1:4] if each not in ("-u", "-O", "-B", "-I")]
            known = ("uvicorn", "gunicorn", "hypercorn", "fastapi", "celery")
            return words[1] if words[:1] == ["-m"] and words[1:2] and words[1] in known else "python"
        return name


@dataclass(frozen=True)
class Requirement:
    """One declared requirement; `name` is normalised (PEP 503), `text` as it stands in the file."""

    name: str
    text: str
    file: str
    line: int
    extras: frozenset[str] = frozenset()
    specifier: str = ""
    marker: str = ""
    group: str = ""  # an extra or a dependency group; "" for what is always installed


@dataclass(frozen=True)
class DependencyFile:
    """A file that declares what the project depends on. `chosen`: it decides what is installed."""

    path: str
    format: str  # requirements, pyproject, poetry, pdm, uv-lock, poetry-lock, pipfile, setup-cfg, setup-py
    requirements: tuple[Requirement, ...] = ()
    chosen: bool = False
    included: tuple[str, ...] = ()  # files that it pulls in by -r or -c


@dataclass(frozen=True)
class SettingValue:
    """One `KEY=value` of a settings file. `start` and `end` are byte offsets of the value inside the file."""

    key: str
    value: str = field(repr=False)
    file: str
    line: int
    start: int
    end: int
    source: str = "env-file"  # env-file, shell, compose, dockerfile, procfile, option
    loaded: bool = True  # whether the project itself reads this file at start
    committed: bool | None = None  # True: git tracks it; False: ignored by git; None: cannot tell


GIVEN = ("shell", "compose", "dockerfile", "procfile")  # sources of what is in the environment of a start, the winning first


@dataclass(frozen=True)
class Unsure:
    """Where a start's shell may set a variable in a way that is not understood; `name` is "" where it may be any."""

    evidence: Evidence
    name: str = ""
    manifest: bool = False  # a deployment's manifest names it, which is not evaluated here


@dataclass(frozen=True)
class SettingField:
    """One field that a settings class declares, or one variable that code reads from the environment."""

    name: str
    file: str
    line: int
    owner: str = ""  # the class; "" for os.environ / os.getenv
    annotation: str = ""
    required: bool = False
    variables: tuple[str, ...] = ()  # the environment variables that fill it


@dataclass(frozen=True)
class HealthCheck:
    """The path that a deployment asks for to learn whether the server is well; `start` and `end` are its byte offsets."""

    path: str
    file: str
    line: int
    start: int
    end: int


@dataclass(frozen=True)
class PrestartCommand:
    """What the project runs before its server, in the order it is run."""

    argv: tuple[str, ...]
    directory: str = "."
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True)
class Router:
    """A router declared in the source. `included`: some file passes it to `include_router` or mounts it."""

    name: str
    module: str
    file: str
    line: int
    included: bool
    paths: tuple[str, ...] = ()  # the paths of its routes, without prefixes


@dataclass(frozen=True)
class Migrations:
    """An Alembic environment: its ini file, its script folder."""

    ini: str
    scripts: str


@dataclass(frozen=True)
class Unreadable:
    """A file that could not be read or parsed, and why."""

    file: str
    reason: str
    line: int | None = None


@dataclass(frozen=True)
class Project:
    """The backend under audit. Paths inside are relative to `root`, with forward slashes."""

    root: Path
    target: Target | None = None
    candidates: tuple[Target, ...] = ()
    start: StartCommand | None = None
    health: HealthCheck | None = None
    image: str = ""  # the Dockerfile that the start runs in, else the nearest one
    requires_python: str | None = None
    dependencies: tuple[DependencyFile, ...] = ()
    settings: tuple[SettingValue, ...] = ()
    unsure: tuple[Unsure, ...] = ()
    fields: tuple[SettingField, ...] = ()
    code: tuple[str, ...] = ()  # own files that a start may run: what the target and prestart commands reach, by name too
    prestart: tuple[PrestartCommand, ...] = ()
    routers: tuple[Router, ...] = ()
    migrations: tuple[Migrations, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()
    imports: tuple[str, ...] = ()  # absolute names of modules that own files import and that are not own
    notes: tuple[str, ...] = ()  # what discovery could not tell
