"""SQL as text: the commands of a script."""

import re

# what a semicolon does not end: strings, quoted names, dollar quotes, comments
_TOKENS = re.compile(
    r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|\$(\w*)\$.*?\$\1\$|--[^\n]*|/\*.*?\*/|;|[^'\"$/;-]+|.", re.DOTALL
)
_COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)


def commands(script: str) -> tuple[str, ...]:
    """The commands of a script, without the semicolons between them; pieces of comments alone are left out."""
    pieces, current = [], ""
    for found in _TOKENS.finditer(script):
        if found[0] == ";":
            pieces.append(current)
            current = ""
        else:
            current += found[0]
    return tuple(each.strip() for each in (*pieces, current) if _COMMENT.sub("", each).strip())


def splits_plainly(script: str) -> bool:
    """Whether `split(";")` gives the same commands."""
    return tuple(each.strip() for each in script.split(";") if each.strip()) == commands(script)
