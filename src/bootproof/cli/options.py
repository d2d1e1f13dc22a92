"""The options that `audit` and `fix` share, checked once at the edge."""

import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypedDict, TypeVar

import click

from bootproof.report import FORMATS

if TYPE_CHECKING:
    from bootproof.audit.api import Options

Command = TypeVar("Command", bound=Callable[..., Any])

DEFAULT_TIMEOUT = 60.0
_CODE = re.compile(r"(?:BP)?(?P<digits>[0-9](?:[0-9]{2})?)", re.IGNORECASE)
_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_.\-]*")
_HOST = re.compile(
    r"(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9*](?:[A-Za-z0-9.\-_]*))(?::[0-9]{1,5})?|[0-9A-Fa-f:]*:[0-9A-Fa-f:.]+"
)


class Asked(TypedDict):
    """What the shared options give, as click names them."""

    path: Path
    app: str | None
    python: Path | None
    env_files: tuple[Path, ...]
    env: tuple[tuple[str, str], ...]
    database: str | None
    format: str
    output: Path | None
    select: tuple[str, ...]
    ignore: tuple[str, ...]
    timeout: float
    allow: tuple[str, ...]
    constraints: Path | None
    no_color: bool
    quiet: bool


def project_path(ctx: click.Context, param: click.Parameter, value: str) -> Path:
    """The project's folder as it was named. Raises BadParameter where it is none."""
    path = Path(value)
    if path.is_dir():
        return path
    if path.exists():
        raise click.BadParameter(f"`{value}` is a file; name the folder of the project")
    raise click.BadParameter(f"`{value}` does not exist")


def interpreter(ctx: click.Context, param: click.Parameter, value: str | None) -> Path | None:
    """The interpreter: a file, a virtual environment's folder, or a name on PATH. Links are kept."""
    if value is None:
        return None
    path = Path(value)
    if path.is_dir():
        inside = [path / "bin" / "python", path / "Scripts" / "python.exe"]
        found = next((each for each in inside if each.is_file()), None)
    elif path.is_file():
        found = path
    else:
        named = shutil.which(value)
        found = Path(named) if named else None
    if found is None or not os.access(found, os.X_OK):
        raise click.BadParameter(f"`{value}` is no interpreter that can be run")
    return Path(os.path.abspath(found))  # noqa: PTH100 - not resolve(): a link is what makes a venv a venv


def variables(
    ctx: click.Context, param: click.Parameter, value: tuple[str, ...]
) -> tuple[tuple[str, str], ...]:
    """The pairs. An error repeats no value: it may be a secret."""
    pairs = []
    for each in value:
        key, equals, text = each.partition("=")
        if not equals or not _KEY.fullmatch(key):
            raise click.BadParameter("write it as KEY=VALUE")
        pairs.append((key, text))
    return tuple(pairs)


def database_url(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    """The URL of a real database. An error repeats nothing of it: it may hold a password."""
    if value is not None and not re.match(r"[A-Za-z][A-Za-z0-9+.\-]*://", value):
        raise click.BadParameter("write it as a URL: postgresql://USER:PASSWORD@HOST/DATABASE")
    return value


def codes(ctx: click.Context, param: click.Parameter, value: tuple[str, ...]) -> tuple[str, ...]:
    """Codes as `BP201` and families as `2`, in the order given, each once."""
    found: dict[str, None] = {}
    for word in (part.strip() for each in value for part in each.split(",")):
        if not word:
            continue
        match = _CODE.fullmatch(word)
        if match is None:
            raise click.BadParameter(f"`{word}` is neither a code (BP201) nor a family (2)")
        digits = match["digits"]
        found[digits if len(digits) == 1 else f"BP{digits}"] = None
    return tuple(found)


def hosts(ctx: click.Context, param: click.Parameter, value: tuple[str, ...]) -> tuple[str, ...]:
    """Host names or addresses, with a port or without."""
    for each in value:
        if not _HOST.fullmatch(each):
            raise click.BadParameter("write it as HOST or HOST:PORT, without scheme and path")
    return value


def writable(ctx: click.Context, param: click.Parameter, value: Path | None) -> Path | None:
    """The file to write. Checked before the work, not after it."""
    if value is None:
        return None
    if value.is_dir():
        raise click.BadParameter(f"`{value}` is a folder; name a file")
    if not value.absolute().parent.is_dir():
        raise click.BadParameter(f"the folder of `{value}` does not exist")
    if not os.access(value if value.exists() else value.absolute().parent, os.W_OK):
        raise click.BadParameter(f"`{value}` cannot be written")
    return value


FILE = click.Path(exists=True, dir_okay=False, path_type=Path)

_SHARED = (
    click.argument("path", default=".", callback=project_path),
    click.option(
        "--app", metavar="MODULE:NAME", help="The application, where several are found: src.main:app. A worker: celery:jobs.app."
    ),
    click.option(
        "--python",
        metavar="PATH",
        callback=interpreter,
        help="Use this interpreter, or virtual "
        "environment, as it is. Without it one is built from the declared dependencies.",
    ),
    click.option(
        "--env-file",
        "env_files",
        metavar="FILE",
        multiple=True,
        type=FILE,
        help="Read variables from this file too. May be repeated.",
    ),
    click.option(
        "--env",
        metavar="KEY=VALUE",
        multiple=True,
        callback=variables,
        help="Set a variable for the start. May be repeated; wins over every file.",
    ),
    click.option(
        "--database",
        metavar="URL",
        callback=database_url,
        envvar="BOOTPROOF_DATABASE",
        show_envvar=True,
        help="Use this real database instead of the embedded PostgreSQL.",
    ),
    click.option(
        "--format",
        type=click.Choice(FORMATS),
        default=FORMATS[0],
        show_default=True,
        help="How the report is written.",
    ),
    click.option(
        "--output",
        "-o",
        metavar="FILE",
        type=click.Path(path_type=Path),
        callback=writable,
        help="Write the report to this file instead of stdout.",
    ),
    click.option(
        "--select",
        metavar="CODES",
        multiple=True,
        callback=codes,
        help="Only these codes (BP201) or families (2), separated by commas.",
    ),
    click.option(
        "--ignore", metavar="CODES", multiple=True, callback=codes, help="All but these codes or families."
    ),
    click.option(
        "--timeout",
        metavar="SECONDS",
        type=click.FloatRange(min=0, min_open=True),
        default=DEFAULT_TIMEOUT,
        show_default=True,
        help="How long one step may take.",
    ),
    click.option(
        "--allow",
        metavar="HOST",
        multiple=True,
        callback=hosts,
        help="An outside address that the start "
        "may reach. May be repeated; without it all are refused and named.",
    ),
    click.option(
        "--constraints",
        metavar="FILE",
        type=FILE,
        help="Versions to hold when dependencies are installed, as for pip.",
    ),
    click.option("--no-color", is_flag=True, help="No colour. NO_COLOR does the same."),
    click.option("--quiet", "-q", is_flag=True, help="No progress, no hints."),
)


def shared(command: Command) -> Command:
    """Gives a command the options of Asked."""
    for decorate in reversed(_SHARED):
        command = decorate(command)
    return command


def built(asked: Asked, *, unsafe: bool = False, advice: bool = False) -> "Options":
    """The options as the audit takes them, with absolute paths."""
    from bootproof.audit.api import Options

    return Options(
        root=asked["path"].resolve(),
        app=asked["app"],
        python=asked["python"],
        env_files=tuple(each.absolute() for each in asked["env_files"]),
        env=MappingProxyType(dict(asked["env"])),
        database=asked["database"],
        select=asked["select"],
        ignore=asked["ignore"],
        timeout=asked["timeout"],
        allow=asked["allow"],
        constraints=asked["constraints"].absolute() if asked["constraints"] else None,
        unsafe=unsafe,
        advice=advice,
    )


@contextmanager
def usage_problems() -> Iterator[None]:
    """Turns what the audit calls wrong usage into what the command line calls so."""
    from bootproof.audit.errors import UsageProblem

    try:
        yield
    except UsageProblem as problem:
        raise click.UsageError(str(problem)) from problem
