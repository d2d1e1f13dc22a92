"""What all tests share: the audit as a function, and trees compared by their bytes."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bootproof.audit.api import Options, audit
from bootproof.model.report import Report
from bootproof.rehearsal.company import Company

HERE = Path(__file__).parent.parent
EXAMPLES = HERE / "examples"
VERSIONS = HERE / "benchmarks" / "versions"

# What an audit's own tools leave in a folder; never part of a project.
NOT_COMPARED = ("__pycache__", ".bootproof")


def tree(root: Path) -> dict[str, bytes]:
    """Every file below a folder by its relative path."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and not any(part in NOT_COMPARED for part in path.relative_to(root).parts)
    }


@pytest.fixture
def copied(tmp_path: Path) -> Callable[[Path], Path]:
    """Copies a folder of examples to where a test may change it."""

    def copy(folder: Path) -> Path:
        return Path(shutil.copytree(folder, tmp_path / folder.name, ignore=shutil.ignore_patterns(*NOT_COMPARED)))

    return copy


_company: list[Company] = []


@pytest.fixture(scope="session", autouse=True)
def company() -> Iterator[None]:
    """What the audits of one test process share."""
    with Company() as made:
        _company.append(made)
        yield
        _company.clear()


def audited(root: Path, versions: str | None = "current", **more: object) -> Report:
    """An audit with one set of versions; nothing of this process's own environment."""
    constraints = VERSIONS / f"{versions}.txt" if versions else None
    for name in ("DATABASE_URL", "SECRET_KEY"):
        os.environ.pop(name, None)
    return audit(Options(root=root, constraints=constraints, **more), lambda _: None, _company[0])  # type: ignore[arg-type]
