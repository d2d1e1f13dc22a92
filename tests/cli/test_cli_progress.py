"""Progress: one line that rewrites itself on a terminal, plain lines elsewhere."""

import io
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

from bootproof.cli.output import encodable
from bootproof.cli.progress import ProgressLine

from . import fake_audit

STEPS = [
    fake_audit.Progress("import", "trial", 1, 24),
    fake_audit.Progress("import", "trial", 2, 24),
    fake_audit.Progress("ready", "the real server"),
]


def shown(*, live: bool, quiet: bool = False, columns: int = 80) -> str:
    stream = io.StringIO()
    with ProgressLine(stream, live=live, quiet=quiet, columns=lambda: columns) as progress:
        for each in STEPS:
            progress(each)
    return stream.getvalue()


def test_a_log_gets_plain_lines_and_no_counting() -> None:
    assert shown(live=False) == "import: trial\nready: the real server\n"


def test_a_terminal_gets_one_line_that_is_gone_at_the_end() -> None:
    text = shown(live=True)
    assert "\n" not in text and "import: trial 2/24" in text and text.endswith("\r\x1b[2K")


def test_a_line_never_wraps() -> None:
    assert all(len(part) < 12 for part in shown(live=True, columns=12).split("\r\x1b[2K"))


def test_quiet_is_quiet() -> None:
    assert shown(live=True, quiet=True) == "" == shown(live=False, quiet=True)


def test_no_stderr_is_no_reason_to_fail() -> None:
    with ProgressLine(None, live=False) as progress:
        progress(STEPS[0])


def on_a_terminal(*arguments: str, env: dict[str, str], cwd: Path) -> str:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, str(Path(fake_audit.__file__)), "broken", *arguments],
        stdin=theirs, stdout=theirs, stderr=theirs, cwd=cwd, env=env,
    )  # fmt: skip
    os.close(theirs)
    text = b""
    try:
        while part := os.read(ours, 65536):
            text += part
    except OSError:  # Linux says so when the other end is closed
        pass
    finally:
        os.close(ours)
    assert process.wait(timeout=30) == 1
    return text.decode()


BARE = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "TERM", "COLUMNS")}


def test_colour_is_for_terminals_alone_and_can_be_refused(tmp_path: Path) -> None:
    env = BARE | {"TERM": "xterm"}
    coloured = on_a_terminal("audit", env=env, cwd=tmp_path)
    assert re.search(r"\x1b\[31m.*blocker\[BP101\]", coloured) and "\x1b[2K" in coloured
    for refused in (
        on_a_terminal("audit", "--no-color", env=env, cwd=tmp_path),
        on_a_terminal("audit", env=env | {"NO_COLOR": "1"}, cwd=tmp_path),
        on_a_terminal("audit", env=BARE | {"TERM": "dumb"}, cwd=tmp_path),
    ):
        assert "blocker[BP101]" in refused and not re.search(r"\x1b\[[0-9;]*m", refused)


@pytest.mark.parametrize(
    ("text", "encoding", "expected"),
    [("│ é", "ascii", "| ?"), ("│ é", "utf-8", "│ é"), ("│ é", "latin-1", "| é")],
)
def test_characters_that_an_encoding_lacks_are_drawn_otherwise(
    text: str, encoding: str, expected: str
) -> None:
    assert encodable(text, encoding) == expected
