"""Whole-output snapshots: `UPDATE_SNAPSHOTS=1 pytest` writes them, review them like code."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

SNAPSHOTS = Path(__file__).parent / "snapshots"


@pytest.fixture
def snapshot() -> Callable[[str, str], None]:
    """Compares a text with the snapshot of that name."""

    def compare(name: str, text: str) -> None:
        file = SNAPSHOTS / name
        if os.environ.get("UPDATE_SNAPSHOTS") == "1":
            file.parent.mkdir(exist_ok=True)
            file.write_text(text, encoding="utf-8", newline="\n")
        assert file.is_file(), f"no snapshot {name}: run UPDATE_SNAPSHOTS=1 pytest"
        assert text == file.read_text(encoding="utf-8")

    return compare
