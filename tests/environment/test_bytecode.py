"""Bytecode is compiled once, and right wherever it is linked to."""

import base64
import hashlib
import os
import subprocess
import sys
from pathlib import Path

from bootproof.environment.bytecode import compile_all
from bootproof.environment.installer import Deadline

TAG = sys.implementation.cache_tag


def installed(site: Path, files: dict[str, str], hashed: bool = True) -> Path:
    """A distribution as an installer leaves it."""
    rows = []
    for name, text in files.items():
        (site / name).parent.mkdir(parents=True, exist_ok=True)
        (site / name).write_text(text)
        told = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
        rows.append(f"{name},{f'sha256={told}' if hashed else ''},{len(text) if hashed else ''}\n")
    record = site / "hall-1.0.dist-info" / "RECORD"
    record.parent.mkdir(exist_ok=True)
    record.write_text("".join(rows) + f"{record.relative_to(site)},,\n../../../bin/hall.py,sha256=x,1\n")
    return site


def compiled(site: Path, cache: Path) -> None:
    compile_all(site, Path(sys.executable), "3", cache, dict(os.environ), Deadline.after(60))


def told(site: Path, code: str) -> str:
    return subprocess.run([sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, {str(site)!r}); {code}"],
                          capture_output=True, text=True, check=True).stdout.strip()  # fmt: skip


FILES = {"hall/__init__.py": "WHERE = (lambda: 0).__code__.co_filename\n", "hall/a.b.py": "", "hall/broken.py": "print 'x'\n", "top.py": "X = 1\n"}


def test_the_second_environment_gets_links(tmp_path: Path) -> None:
    one, two = installed(tmp_path / "one", FILES), installed(tmp_path / "two", FILES)
    for site in (one, two):
        compiled(site, tmp_path / "cache")
        assert {str(each.relative_to(site)) for each in site.rglob("*.pyc")} == {
            f"hall/__pycache__/__init__.{TAG}.pyc", f"hall/__pycache__/a.b.{TAG}.pyc", f"__pycache__/top.{TAG}.pyc",
        }  # fmt: skip
        assert told(site, "import hall; print(hall.WHERE)") == str(site / "hall/__init__.py")
    assert (one / f"__pycache__/top.{TAG}.pyc").samefile(two / f"__pycache__/top.{TAG}.pyc")


def test_other_sources_of_the_same_version_are_compiled_themselves(tmp_path: Path) -> None:
    one, two = installed(tmp_path / "one", FILES), installed(tmp_path / "two", FILES | {"top.py": "X = 2\n"})
    for site, value in ((one, "1"), (two, "2")):
        compiled(site, tmp_path / "cache")
        assert told(site, "import top; print(top.X)") == value


def test_without_hashes_nothing_is_kept(tmp_path: Path) -> None:
    one = installed(tmp_path / "one", FILES, hashed=False)
    compiled(one, tmp_path / "cache")
    assert (one / f"__pycache__/top.{TAG}.pyc").exists()
    assert not list((tmp_path / "cache").rglob("*.pyc"))


def test_an_interpreter_that_cannot_compile_leaves_nothing_behind(tmp_path: Path) -> None:
    unable = tmp_path / "python"
    unable.write_text("#!/bin/sh\nexit 2\n")
    unable.chmod(0o755)
    one = installed(tmp_path / "one", FILES)
    compile_all(one, unable, "3", tmp_path / "cache", dict(os.environ), Deadline.after(60))
    assert not list((tmp_path / "cache").rglob("complete.json"))
    assert sorted(each.name for each in one.iterdir()) == ["hall", "hall-1.0.dist-info", "top.py"]


def test_a_file_that_is_not_what_its_record_says_is_compiled_where_it_lies(tmp_path: Path) -> None:
    patched = installed(tmp_path / "patched", FILES)
    (patched / "top.py").write_text("X = 2\n")  # by hand, or by another distribution that has a file of this name
    plain = installed(tmp_path / "plain", FILES)
    for site, value in ((patched, "2"), (plain, "1"), (patched, "2")):
        compiled(site, tmp_path / "cache")
        assert told(site, "import top; print(top.X)") == value
