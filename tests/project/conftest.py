"""Small backends on disk: a dictionary of files becomes a folder."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

Lay = Callable[[Mapping[str, str | bytes]], Path]


@pytest.fixture
def lay(tmp_path: Path) -> Lay:
    """Writes files below a fresh folder and gives that folder."""

    def write(files: Mapping[str, str | bytes]) -> Path:
        root = tmp_path / "project"
        root.mkdir(exist_ok=True)
        for name, content in files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return root

    return write
