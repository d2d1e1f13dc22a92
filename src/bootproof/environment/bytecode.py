"""Bytecode of installed distributions: compiled once on a machine, and linked into every environment that has them."""

import base64
import contextlib
import hashlib
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from bootproof.environment import cache as shelf_of
from bootproof.environment.distributions import records
from bootproof.environment.installer import Deadline, run, variables

_FORM = "1"
_LIST = ".bootproof-compile.txt"


def compile_all(site: Path, python: Path, version: str, cache: Path, environ: Mapping[str, str], deadline: Deadline) -> None:
    """Give every module of the distributions in `site` its bytecode; what cannot be compiled stays without.

    The bytecode is not checked against its source (PEP 552, "unchecked hash-based"): the key of what is kept is made
    of the hashes that the distribution's own RECORD gives its sources, so it fits wherever they are installed.
    """
    shelf = cache / "bytecode"
    wanted: list[tuple[str, list[Path]]] = []
    for record in records(site):
        sources, key = _sources(record, python, version)
        kept = shelf_of.find(shelf, key) if key else None
        if kept is None:
            wanted.append((key, sources))
            continue
        shelf_of.touch(kept)
        for source in sources:
            _link(_bytecode(kept.folder / source.parent, source.stem), site / source.parent / "__pycache__")
    if not any(sources for _, sources in wanted):
        return
    listed = site / _LIST
    listed.write_text("".join(f"{site / each}\n" for _, sources in wanted for each in sources), encoding="utf-8")
    ran = run(
        [python, "-I", "-m", "compileall", "-q", "-j", "0", "--invalidation-mode", "unchecked-hash", "-i", listed],
        directory=site,
        environ=variables(environ),
        deadline=deadline,
    )
    listed.unlink()
    for key, sources in wanted:
        if key and not ran.timed_out:
            _keep(site, sources, shelf, key, deadline)


def _sources(record: Path, python: Path, version: str) -> tuple[list[Path], str]:
    """The modules that a RECORD lists, and the key of their bytecode; "" where it does not tell every module's hash."""
    try:
        lines = (record / "RECORD").read_text(encoding="utf-8", errors="replace").splitlines()
    except (FileNotFoundError, NotADirectoryError):
        return [], ""
    told = sorted(
        (name, digest)
        for name, digest, _ in (line.rsplit(",", 2) for line in lines if line.count(",") == 2)
        if name.endswith(".py") and not name.startswith(("..", "/", '"'))
    )
    # what lies there may be another distribution's file of the same path, or patched: RECORD alone does not tell
    hashed = bool(told) and all(_digest(record.parent / name) == digest for name, digest in told)
    key = shelf_of.digest(_FORM, version, str(python.resolve()), *(part for each in told for part in each)) if hashed else ""
    return [Path(name) for name, _ in told], key


def _digest(file: Path) -> str:
    """A file's hash as RECORD writes it (PyPA, "Recording installed projects"); "" where the file is not there."""
    try:
        raw = hashlib.sha256(file.read_bytes()).digest()
    except OSError:
        return ""
    return "sha256=" + base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _keep(site: Path, sources: list[Path], shelf: Path, key: str, deadline: Deadline) -> None:
    """Put the bytecode aside for the next environment; without it that one is compiled again."""
    with (
        contextlib.suppress(shelf_of.LockTimeout, OSError),
        shelf_of.locked(shelf, key, seconds=min(5.0, deadline.left), waiting=lambda: None),
    ):
        if shelf_of.find(shelf, key) is not None:
            return
        found = [(each.parent, _bytecode(site / each.parent / "__pycache__", each.stem)) for each in sources]
        if not any(files for _, files in found):
            return  # the interpreter could not compile at all, which says nothing of the sources
        folder = shelf_of.new_folder(shelf, key)
        for place, files in found:
            (folder / place).mkdir(parents=True, exist_ok=True)
            _link(files, folder / place)
        shelf_of.complete(folder, {})


def _bytecode(folder: Path, stem: str) -> list[Path]:
    """The bytecode of one module in a folder, one file for each interpreter."""
    return [each for each in folder.glob(f"{stem}.*.pyc") if each.name.count(".") == stem.count(".") + 2]


def _link(files: list[Path], folder: Path) -> None:
    for each in files:
        folder.mkdir(exist_ok=True)
        target = folder / each.name
        try:
            os.link(each, target)
        except FileExistsError:
            continue
        except OSError:  # another file system, or one without links
            shutil.copyfile(each, target)
