"""Where text goes: data to stdout or a file, everything else to stderr."""

import os
import shutil
import sys
from pathlib import Path

import click

WIDEST = 120
NOT_A_TERMINAL = 100
_ASCII = str.maketrans(
    {"┌": "+", "─": "-", "┐": "+", "│": "|", "└": "+", "┘": "+", "↑": "^", "↓": "v", "…": "~"}
)


def coloured(*, wanted: bool) -> bool:
    """Whether stdout takes colour: a terminal, `wanted`, and no NO_COLOR (https://no-color.org)."""
    named = not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return wanted and named and sys.stdout is not None and sys.stdout.isatty()


def width() -> int:
    """The columns to lay out for: the terminal's, at most 120; 100 where there is none."""
    if sys.stdout is None or not sys.stdout.isatty():
        return NOT_A_TERMINAL
    return min(shutil.get_terminal_size((NOT_A_TERMINAL, 24)).columns, WIDEST)


def emit(text: str, file: Path | None, *, colour: bool = False) -> None:
    """Writes data to the file, or to stdout. A reader that went away is no error: what it took, it took.

    Raises UsageError where the file cannot be written.
    """
    if file is not None:
        try:
            file.write_text(text, encoding="utf-8", newline="\n")
        except OSError as problem:
            raise click.UsageError(f"--output: cannot write `{file}`: {problem.strerror}") from problem
        return
    if sys.stdout is None:
        return
    try:
        click.echo(encodable(text, sys.stdout.encoding), nl=False, color=colour)
        sys.stdout.flush()
    except BrokenPipeError:
        hush()


def encodable(text: str, encoding: str | None) -> str:
    """The text, or what comes nearest to it in an encoding that lacks some of its characters."""
    encoding = encoding or "utf-8"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return text.translate(_ASCII).encode(encoding, "replace").decode(encoding)
    return text


def hush() -> None:
    """Sends what is still buffered for stdout nowhere: the interpreter's last flush then raises nothing."""
    if sys.stdout is None:
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, sys.stdout.fileno())
    finally:
        os.close(nowhere)


def say(text: str, *, quiet: bool = False) -> None:
    """One line for the person at the terminal, unless they asked for quiet."""
    if not quiet:
        click.echo(text, err=True)
