"""What is going on, on stderr: one line that rewrites itself on a terminal, plain lines elsewhere."""

import shutil
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Self, TextIO

from bootproof.model.masking import mask

if TYPE_CHECKING:
    from bootproof.audit.api import Progress

_CLEAR = "\r\x1b[2K"


class ProgressLine:
    """Shows progress while it is open; leaves no half a line behind.

    Where nobody reads it any more it falls silent: an audit does not end because its progress is not read.
    """

    def __init__(
        self,
        stream: TextIO | None,
        *,
        live: bool,
        quiet: bool = False,
        columns: Callable[[], int] | None = None,
    ) -> None:
        self._stream = None if quiet else stream
        self._live = live
        self._columns = columns or (lambda: shutil.get_terminal_size((80, 24)).columns)
        self._last = ""
        self._shown = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._shown:
            self._write(_CLEAR)
            self._shown = False

    def __call__(self, progress: "Progress") -> None:
        """Shows one piece of progress."""
        text = " ".join(mask(f"{progress.stage}: {progress.text}").split())
        if self._live:
            amount = "" if progress.done is None else f" {progress.done}"
            amount += "" if progress.done is None or progress.total is None else f"/{progress.total}"
            self._write(_CLEAR + (text + amount)[: max(self._columns() - 1, 10)])
            self._shown = True
        elif text != self._last:  # a count that moves is no news in a log
            self._write(text + "\n")
        self._last = text

    def _write(self, text: str) -> None:
        if self._stream is None:
            return
        try:
            self._stream.write(text)
            self._stream.flush()
        except OSError:
            self._stream = None


def on_stderr(*, quiet: bool) -> ProgressLine:
    """Progress on this process's stderr; live only where that is a terminal that can rewrite a line."""
    import os
    import sys

    live = sys.stderr is not None and sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
    return ProgressLine(sys.stderr, live=live, quiet=quiet)
