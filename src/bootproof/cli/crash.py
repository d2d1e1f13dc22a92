"""What a user is told when bootproof itself fails: one line, and where the traceback is.

Depends on as little as it can: what has just failed must not be needed to say so.
"""

import os
import sys
from pathlib import Path

from bootproof import __version__


def told(error: BaseException) -> str:
    """One line about the error, and one that says where its traceback was written. Masked."""
    from bootproof.model.masking import mask

    first = (str(error).strip().splitlines() or [""])[0]
    what = f"fault[bootproof]: {type(error).__name__}" + (f": {mask(first)}" if first else "")
    try:
        file = _write(error)
    except OSError as problem:
        return f"{what}\n   = the traceback could not be written: {problem.strerror}"
    return f"{what}\n   = this is a fault of bootproof, not of the project; the traceback is in: {file}"


def _write(error: BaseException) -> Path:
    import tempfile
    import time
    import traceback

    from bootproof.model.masking import mask

    text = mask("".join(traceback.format_exception(error)))
    head = f"bootproof {__version__}, Python {sys.version.split()[0]} on {sys.platform}\n\n"
    name = f"{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}-{os.getpid()}.txt"
    folder = _cache() / "faults"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / name
        file.write_text(head + text, encoding="utf-8", errors="replace")
    except OSError:  # a home that cannot be written, as containers have
        file = Path(tempfile.mkdtemp(prefix="bootproof-fault-")) / name
        file.write_text(head + text, encoding="utf-8", errors="replace")
    return file


def _cache() -> Path:
    """The user's cache folder: XDG's on Linux, the platform's own elsewhere."""
    named = os.environ.get("XDG_CACHE_HOME", "")
    if named and Path(named).is_absolute():
        return Path(named) / "bootproof"
    if sys.platform == "win32" and "LOCALAPPDATA" in os.environ:
        return Path(os.environ["LOCALAPPDATA"]) / "bootproof"
    return Path(os.path.expanduser("~")) / ".cache" / "bootproof"  # noqa: PTH111 - never raises, unlike Path.home
