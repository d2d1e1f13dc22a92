"""Facts of a project's source alone: nothing is installed, so that every question to the interpreter is unanswered."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

from bootproof.audit.answers import Answers
from bootproof.project.discover import discover
from bootproof.project.sources import Sources


def written(root: Path, files: dict[str, str]) -> Path:
    """The folder with these files; line endings as given."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
    return root


def facts_of(root: Path, files: dict[str, str]) -> Any:
    """Facts of the files, read as an audit reads them."""
    project = discover(written(root, files))
    assert project.target is not None
    silent = SimpleNamespace(ask=lambda *_: None)
    variants = SimpleNamespace(
        of=lambda _: SimpleNamespace(layers=(), environment=None, added=frozenset()),
        distributions=lambda _: (),
        distribution=lambda *_: None,
        planned_requirement=lambda *_: None,
    )
    return Answers(project, Sources(root, project.target.path), silent, variants, (), lambda *_: (), {})  # type: ignore[arg-type]
