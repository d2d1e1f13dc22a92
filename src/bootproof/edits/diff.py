"""What a fix would change, as a unified diff for reading: binary-safe, secrets masked."""

from collections.abc import Callable
from difflib import unified_diff

_NO_END = "\\ No newline at end of file"


def unified(
    before: bytes | None,
    after: bytes | None,
    path: str,
    mask: Callable[[str], str] = str,
    context: int = 3,
) -> str:
    """The unified diff of one file, "" where nothing changes; None stands for a file that is not there.

    `mask` is given each line's text, without its sign and line ending, and gives back what may be shown.
    """
    if before == after:
        return ""
    old, new = _lines(before), _lines(after)
    names = ("/dev/null" if before is None else f"a/{path}", "/dev/null" if after is None else f"b/{path}")
    if old is None or new is None:
        return f"Binary files {names[0]} and {names[1]} differ\n"
    shown: list[str] = []
    for index, line in enumerate(unified_diff(old, new, *names, n=context)):
        if index < 2 or line.startswith("@@"):
            shown.append(line.rstrip("\n") + "\n")
            continue
        body = line[1:].removesuffix("\n").removesuffix("\r")
        ending = line[1 + len(body) :]
        ended = ending if ending.endswith("\n") else f"{ending}\n{_NO_END}\n"
        shown.append(f"{line[0]}{mask(body)}{ended}")
    return "".join(shown)


def _lines(data: bytes | None) -> list[str] | None:
    """The lines with their endings, None where the bytes are no text."""
    if data is None:
        return []
    if b"\0" in data:
        return None
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    # only a line feed ends a line, as in every other diff
    *whole, last = text.split("\n")
    return [f"{line}\n" for line in whole] + ([last] if last else [])
