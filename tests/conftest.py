"""What all tests share: the audit as a function, and trees compared by their bytes."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from bootproof.audit.api import Options, audit
from bootproof.audit.engine import read_project, set_stage
from bootproof.audit.play import Theatre, make_theatre
from bootproof.environment.provision import provision
from bootproof.model.environment import Environment
from bootproof.model.finding import Finding
from bootproof.model.report import Report
from bootproof.model.symptom import Symptom
from bootproof.rehearsal.company import Company
from bootproof.rehearsal.variant import Probes

HERE = Path(__file__).parent.parent
EXAMPLES = HERE / "examples"
VERSIONS = HERE / "benchmarks" / "versions"

# The interpreters that a developer keeps beside the running one: what a test shows must not hang on them.
os.environ.update(dict.fromkeys(("PYENV_ROOT", "MISE_DATA_DIR", "ASDF_DATA_DIR"), "/nonexistent"))

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


@dataclass(frozen=True)
class LookedAt:
    """What one trial of a project as it stands showed, with every route asked and an orderly stop; what rules read in it."""

    symptom: Symptom
    findings: tuple[Finding, ...]


def looked_at(root: Path, versions: str | None = "current") -> LookedAt:
    """A healthy project at the price of one trial: an audit would boot it cold as well."""
    with _opened(root, versions) as theatre:
        symptom = theatre.rehearse((), Probes(routes=True, shutdown=True))
        theatre.facts(()).registered = symptom.routes
        return LookedAt(symptom, theatre.scanned(()))


def read(root: Path, versions: str | None = "current") -> tuple[Finding, ...]:
    """What rules read in a project, and ask of its interpreter, without any boot."""
    with _opened(root, versions) as theatre:
        return theatre.scanned(())


@contextmanager
def _opened(root: Path, versions: str | None) -> Iterator[Theatre]:
    options = Options(root=root, constraints=VERSIONS / f"{versions}.txt" if versions else None)
    project, target = read_project(options)
    environment = provision(project, progress=lambda _: None, constraints=options.constraints)
    assert isinstance(environment, Environment), environment.explanation
    with set_stage(options, project, target, environment, company=_company[0]) as (sources, rehearser):
        yield make_theatre(options, project, sources, environment, rehearser, lambda _: lambda _: None)
