"""On which lines the keys and array items of a TOML file stand, which its parsers do not tell."""

import re
from dataclasses import dataclass, field

_TOKEN = re.compile(
    r"(?P<comment>#[^\n]*)|(?P<string>\"\"\"[\s\S]*?\"\"\"|'''[\s\S]*?'''|\"(?:\\.|[^\"\\\n])*\"|'[^'\n]*')"
    r"|(?P<word>[A-Za-z0-9_\-+:]+)|(?P<mark>[\[\]{}=,.\n])"
)


@dataclass
class Lines:
    """Lines by key path. `items` are the strings directly inside an array: text and line, in order."""

    keys: dict[tuple[str, ...], int] = field(default_factory=dict)
    items: dict[tuple[str, ...], list[tuple[str, int]]] = field(default_factory=dict)


def toml_lines(text: str) -> Lines:
    """The lines of a TOML file that parses; of one that does not, whatever could be followed."""
    found = Lines()
    table: tuple[str, ...] = ()
    key: list[str] = []
    in_header, in_value, depth = False, False, 0
    inner = 0  # inside inline tables of an array
    for match in _TOKEN.finditer(text):
        if match["comment"]:
            continue
        mark, word = match["mark"], match["word"] or match["string"]
        if in_value:
            if mark == "[":
                depth += 1
                if depth == 1:
                    found.items.setdefault((*table, *key), [])
            elif mark == "]":
                depth -= 1
            elif mark in ("{", "}"):
                inner += 1 if mark == "{" else -1
            elif mark == "\n" and depth == 0 and inner == 0:
                in_value, key = False, []
            elif match["string"] and depth == 1 and inner == 0:
                line = text.count("\n", 0, match.start()) + 1
                found.items[(*table, *key)].append((_bare(match["string"]), line))
        elif in_header:
            if mark == "\n":
                in_header = False
                table, key = tuple(key), []
                found.keys.setdefault(table, text.count("\n", 0, match.start()) + 1)
            elif word:
                key.append(_bare(word))
        elif mark == "[" and not key:
            in_header = True
        elif mark == "=":
            in_value, depth, inner = True, 0, 0
            found.keys.setdefault((*table, *key), text.count("\n", 0, match.start()) + 1)
        elif word:
            key.append(_bare(word))
        elif mark == "\n":
            key = []
    return found


def _bare(word: str) -> str:
    if word[:3] in ('"""', "'''"):
        return word[3:-3]
    return word[1:-1].replace('\\"', '"').replace("\\\\", "\\") if word[:1] in "\"'" else word
