"""Draws `docs/audit.svg`: what a terminal shows of a real audit of the reference case, cut to a readable length.

    python docs/picture.py

Needs the development environment (`rich` draws). The audit runs under a pseudo-terminal of 100 columns. Shown are its
first blocker, the circle and the verdict; each cut says how much it leaves out.
"""

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from io import StringIO
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

COLUMNS = 100
HERE = Path(__file__).resolve().parent
SHOWN = ("BP201", "BP202")
COMMAND = "bootproof audit examples/reference/backend"
BLANK = re.compile(r"\n[ \t]*\n")
COLOUR = re.compile(r"\x1b\[[0-9;]*m")

# As GitHub draws dark terminals; blue, magenta and the bright colours do not occur.
THEME = TerminalTheme(
    (22, 27, 34),
    (201, 209, 217),
    [
        (72, 79, 88),
        (255, 123, 114),
        (126, 231, 135),
        (229, 192, 123),
        (121, 192, 255),
        (210, 168, 255),
        (86, 211, 221),
        (201, 209, 217),
    ],
)

# rich's own frame without its fonts: those come from another host.
FRAME = """\
<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="the report of an audit"
     viewBox="0 0 {width} {height}">
<style>
.{unique_id}-matrix {{ font-family: monospace; font-size: {char_height}px; line-height: {line_height}px; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect width="{terminal_width}" height="{terminal_height}"/>
</clipPath>
{lines}
</defs>
<rect width="100%" height="100%" rx="8" fill="#161b22"/>
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


def main() -> None:
    text = f"$ {COMMAND}\n\n" + cut(audited())
    console = Console(record=True, width=COLUMNS, file=StringIO(), force_terminal=True, color_system="truecolor")
    console.print(Text.from_ansi(text), soft_wrap=False)
    svg = console.export_svg(theme=THEME, code_format=FRAME, unique_id="audit")
    (HERE / "audit.svg").write_text(svg, encoding="utf-8", newline="\n")


def audited() -> str:
    """The coloured report of a real audit. The progress on stderr is no part of it."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, COLUMNS, 0, 0))
    variables = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "COLUMNS", "LINES")}
    process = subprocess.Popen(
        [sys.executable, "-m", "bootproof.cli.main", *COMMAND.split()[1:]],
        cwd=HERE.parent,
        stdout=theirs,
        stdin=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**variables, "TERM": "xterm-256color"},
    )
    os.close(theirs)
    parts = []
    while True:
        try:
            part = os.read(ours, 65536)
        except OSError:  # Linux says so that the other end is closed
            break
        if not part:
            break
        parts.append(part)
    os.close(ours)
    if process.wait() != 1:
        raise SystemExit(f"the audit ended with {process.returncode}; 1 is right for the reference case")
    return b"".join(parts).decode("utf-8").replace("\r\n", "\n")


def cut(report: str) -> str:
    """The title, the findings that are shown, the verdict; between them how many findings are left out."""
    blocks = BLANK.split(report.strip("\n"))
    kept, left_out = [blocks[0]], 0
    for block in blocks[1:-1]:
        plain = COLOUR.sub("", block)
        if not re.match(r"(?:blocker|failure|advice)\[", plain):
            continue
        if any(f"[{code}]" in plain.partition("\n")[0] for code in SHOWN):
            kept += [*told(left_out), block]
            left_out = 0
        else:
            left_out += 1
    return "\n\n".join([*kept, *told(left_out), blocks[-1]]) + "\n"


def told(left_out: int) -> list[str]:
    """A line for the findings that are not shown."""
    return [f"… {left_out} more finding" + ("" if left_out == 1 else "s")] if left_out else []


if __name__ == "__main__":
    main()
