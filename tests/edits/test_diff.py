"""Diffs that a person reads, and that a tool can apply."""

import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bootproof.edits.diff import unified


def test_change_is_shown_with_its_secret_masked() -> None:
    shown = unified(
        b"A=1\nURL=pw@old\n", b"A=1\nURL=pw@new\n", "app/.env", mask=lambda line: line.replace("pw", "***")
    )
    assert shown == ("--- a/app/.env\n+++ b/app/.env\n@@ -1,2 +1,2 @@\n A=1\n-URL=***@old\n+URL=***@new\n")


def test_created_file_and_missing_line_end_are_told() -> None:
    assert unified(None, b"A=1", "x") == (
        "--- /dev/null\n+++ b/x\n@@ -0,0 +1 @@\n+A=1\n\\ No newline at end of file\n"
    )
    assert unified(b"a", b"a", "x") == ""


def test_bytes_that_are_no_text_are_not_shown() -> None:
    assert unified(b"\0\1", b"\0\2", "x.bin") == "Binary files a/x.bin and b/x.bin differ\n"
    assert "é" in unified("é\n".encode("latin-1"), b"e\n", "x")


lines = st.lists(st.sampled_from(["a", "b", "", "é", "x\r", "\x0c", "\u2028z", "- q"]), max_size=8)


@pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
@settings(max_examples=25, deadline=None)
@given(before=lines, after=lines, ends=st.tuples(st.sampled_from(["", "\n"]), st.sampled_from(["", "\n"])))
def test_git_can_apply_what_is_shown(before: list[str], after: list[str], ends: tuple[str, str]) -> None:
    old, new = ("\n".join(part) + end for part, end in zip((before, after), ends, strict=True))
    if not old or not new or old == new:
        return
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "f"
        file.write_bytes(old.encode())
        patch = unified(old.encode(), new.encode(), "f").encode()
        command = ["git", "apply", "--whitespace=nowarn", "-"]
        subprocess.run(command, cwd=folder, input=patch, check=True, capture_output=True)
        assert file.read_bytes() == new.encode()
