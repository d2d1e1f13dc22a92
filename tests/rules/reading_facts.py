"""Facts of a project's source alone: nothing is installed, so that the interpreter answers no question."""

from collections.abc import Callable, Mapping
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


def facts_of(
    root: Path, files: dict[str, str], answer: Callable[[str, Mapping[str, Any]], object] = lambda question, about: None
) -> Any:
    """Facts of the files, read as an audit reads them; `answer` is what the project's interpreter would say."""
    project = discover(written(root, files))
    assert project.target is not None
    interpreter = SimpleNamespace(ask=lambda question, about, *_: answer(question, about))
    variants = SimpleNamespace(
        of=lambda _: SimpleNamespace(layers=(), environment=None, added=frozenset()),
        installed=lambda _: ((), None),
        distributions=lambda _: (),
        distribution=lambda *_: None,
        planned_requirement=lambda *_: None,
    )
    return Answers(project, Sources(root, project.target.path), interpreter, variants, (), lambda *_: (), {})  # type: ignore[arg-type]
