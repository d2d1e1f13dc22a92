"""Starts the programs of services under the supervisor, PostgreSQL in one of the ways in which it agrees to run."""

import contextlib
import json
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bootproof.rehearsal.database import supervisor
from bootproof.rehearsal.database.binaries import Binaries
from bootproof.rehearsal.database.errors import NoPostgres

REFUSED = supervisor.REFUSED
COPIES = Path("/var/tmp")  # where every user can reach what root keeps


@dataclass(frozen=True)
class Way:
    """How root is given up, as the supervisor takes it; `copied`: the binaries run from a readable copy."""

    name: str  # direct, namespace, setuid
    uid: int = -1
    gid: int = -1
    copied: bool = False


def ways() -> tuple[Way, ...]:
    """The ways that are worth trying as this user, best first."""
    if os.geteuid() != 0:
        return (Way("direct"),)
    uid, gid = _nobody()
    return Way("namespace", uid, gid), Way("setuid", uid, gid), Way("setuid", uid, gid, copied=True)


def _nobody() -> tuple[int, int]:
    """The number of `nobody`, or of some other user that is not root: initdb looks its name up."""
    with contextlib.suppress(KeyError):
        entry = pwd.getpwnam("nobody")
        return entry.pw_uid, entry.pw_gid
    for entry in sorted(pwd.getpwall(), key=lambda entry: -entry.pw_uid):
        if entry.pw_uid:
            return entry.pw_uid, entry.pw_gid
    raise NoPostgres("PostgreSQL does not run as root, and this system has no other user that it could be")


class Supervised:
    """A program under the supervisor. It is ended by `stop`, and when this process ends in any way."""

    def __init__(
        self,
        argv: Sequence[str],
        way: Way,
        *,
        directory: Path,
        log: Path,
        remove: Path | None = None,
        keep: Sequence[int] = (),
        signal: str = "SIGQUIT",
    ) -> None:
        """Starts it. `remove`: a folder that goes with it; `keep`: descriptors that stay open until the last process of
        the program is gone; `signal`: what ends it at once, PostgreSQL by default.
        """
        orders = {
            "way": way.name,
            "uid": way.uid,
            "gid": way.gid,
            "argv": list(argv),
            "directory": str(directory),
            # Nothing of the user's: PGDATA, PGOPTIONS or a locale would change what the server does.
            "environment": {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC", "PGTZ": "UTC"},
            "parent": os.getpid(),
            "remove": str(remove) if remove else "",
            "keep": list(keep),
            "signal": signal,
        }
        with log.open("ab") as stream:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", supervisor.__file__],
                stdin=subprocess.PIPE,
                stdout=stream,
                stderr=stream,
                pass_fds=keep,
                start_new_session=True,
            )
        assert self._process.stdin is not None
        # A supervisor that is gone already shows in `status`.
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(json.dumps(orders).encode() + b"\n")
            self._process.stdin.flush()

    @property
    def status(self) -> int | None:
        """The exit status, REFUSED where the way is not open; None while it runs."""
        return self._process.poll()

    def wait(self, seconds: float) -> int:
        """The exit status once it ended. Raises subprocess.TimeoutExpired."""
        return self._process.wait(seconds)

    def stop(self, seconds: float = 10.0) -> None:
        """End it and all that it started; idempotent."""
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()  # its death signal ends the server
            self._process.wait()


def run(argv: Sequence[str], way: Way, directory: Path, log: Path, seconds: float = 120.0) -> int:
    """The exit status of a program that ends by itself. Raises NoPostgres when it takes too long."""
    program = Supervised(argv, way, directory=directory, log=log)
    try:
        return program.wait(seconds)
    except subprocess.TimeoutExpired:
        raise NoPostgres(f"{Path(argv[0]).name} did not end within {seconds:.0f} s") from None
    finally:
        program.stop()


def reachable(binaries: Binaries, way: Way) -> Path:
    """The folder to run the programs from in this way: for a copied one, a copy that every user may read.

    The copy is root's, in a folder that only root may write; it is made once per release.
    """
    if not way.copied:
        return binaries.folder
    home = COPIES if COPIES.is_dir() else Path(tempfile.gettempdir())
    kept = home / f"bootproof-postgres-{binaries.version.split()[0]}"
    if not (kept / "bin" / "postgres").exists():
        made = Path(tempfile.mkdtemp(prefix="bootproof-postgres-", dir=home))
        _copy_programs(binaries.folder.parent, made)
        # Another process may have been faster, and its copy is as good.
        try:
            made.rename(kept)
        except OSError:
            shutil.rmtree(made, ignore_errors=True)
    facts = kept.lstat()
    if facts.st_uid != os.geteuid() or facts.st_mode & 0o022 or not kept.is_dir():
        raise NoPostgres(f"{kept} is not ours: somebody else made it")
    return kept / "bin"


def _copy_programs(prefix: Path, made: Path) -> None:
    # initdb finds libpq relative to itself, in the folder that the wheel's build put next to the package.
    shared = prefix.parent.parent / f"{prefix.parent.name}.libs"
    inner = made / "package" / "postgres"
    for part in ("bin", "lib", "share"):
        shutil.copytree(prefix / part, inner / part, symlinks=True)
    if shared.is_dir():
        shutil.copytree(shared, made / shared.name)
    (made / "bin").symlink_to(inner.relative_to(made) / "bin")
    made.chmod(0o755)
    for path in made.rglob("*"):
        if not path.is_symlink():
            mode = path.stat().st_mode
            path.chmod(mode | (0o555 if path.is_dir() or mode & 0o100 else 0o444))
