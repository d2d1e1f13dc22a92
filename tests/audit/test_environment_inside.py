"""An environment that lies in the project's own folder, as `.venv` mostly does, is used where it lies."""

import subprocess
import sys
from pathlib import Path

import pytest

from bootproof.model.words import Verdict
from tests.conftest import audited

MAIN = "import only_in_this_environment\nfrom fastapi import FastAPI\n\napp = FastAPI()\n"


def lay(root: Path, venv: Path) -> None:
    """A project, and an environment without packages of its own but one; the rest come from the tests' by a `.pth` file."""
    root.mkdir(exist_ok=True)
    (root / "main.py").write_text(MAIN)
    (root / "requirements.txt").write_text("fastapi\nuvicorn\n")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(venv)], check=True)
    [site] = venv.glob("lib/python*/site-packages")
    (site / "only_in_this_environment.py").write_text("")
    here = next(each for each in sys.path if each.endswith("site-packages"))
    (site / "more.pth").write_text(here + "\n")


@pytest.mark.parametrize("name", [".venv", "tools/env", "."])
def test_a_healthy_project_starts_with_its_own(tmp_path: Path, name: str) -> None:
    root = tmp_path / "backend"
    lay(root, root / name)
    before = sorted(root.rglob("*"))
    report = audited(root, python=root / name / "bin" / "python")
    assert (report.verdict, [each.code for each in report.findings]) == (Verdict.STARTS, [])
    assert sorted(root.rglob("*")) == before


def test_by_links(tmp_path: Path) -> None:
    root = tmp_path / "backend"
    lay(root, tmp_path / "elsewhere")
    (root / ".venv").symlink_to(tmp_path / "elsewhere")
    assert audited(root, python=root / ".venv" / "bin" / "python").verdict is Verdict.STARTS
    (tmp_path / "link").symlink_to(root)
    (root / ".venv").unlink()
    lay(root, root / ".venv")
    assert audited(root, python=tmp_path / "link" / ".venv" / "bin" / "python").verdict is Verdict.STARTS
