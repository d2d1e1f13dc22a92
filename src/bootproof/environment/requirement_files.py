"""pip's requirement files: which others they pull in, and their text as uv takes it."""

import codecs
import posixpath
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

_INCLUDE = re.compile(
    r"^\s*(?:-r|-c|--requirement|--constraint)(?:\s+|=|(?<=-[rc]))\s*(['\"]?)(\S+?)\1\s*(?:\s#.*)?$"
)
_VARIABLE = re.compile(r"\$\{([A-Z0-9_]+)\}")  # pip documentation, "Using environment variables"
# Options of pip that uv refuses or passes over, and that change nothing about what is chosen.
_DROPPED = re.compile(
    r"^\s*--(?:prefer-binary|use-feature|use-pep517|no-use-pep517|global-option|install-option|config-settings?"
    r"|process-dependency-links|no-clean|progress-bar|disable-pip-version-check|no-cache-dir|default-timeout|timeout)\b"
)
_TRAILING = re.compile(
    r"\s--(?:global-option|install-option|config-settings?)(?:=|\s+)(?:\"[^\"]*\"|'[^']*'|\S+)"
)
_EDITABLE_GIT = re.compile(r"^\s*(?:-e|--editable)(?:\s+|=)(git\+[^\s#]+)(?:#(\S*))?\s*(?:\s#.*)?$")
_INDEX = re.compile(
    r"^\s*(?:-i|-f|--index-url|--extra-index-url|--find-links|--no-index|--no-binary|--only-binary)\b"
)
_LOCAL = re.compile(
    r"(?m)^\s*(?:-e|--editable)\b|^\s*\.{0,2}/|^\s*\.(?:\[|\s|$)|file:|\.(?:whl|zip|tar\.gz)\b|^\s*(?:-f|--find-links)[\s=]+(?!\w+://)"
)
_ENCODINGS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True)
class Cleaned:
    """A requirement file as uv takes it, each line where it was, and the options that go outside of it."""

    text: str
    options: tuple[str, ...] = ()


def decoded(raw: bytes) -> str:
    """The text of a requirement file. pip honours a byte-order mark, as PowerShell writes it."""
    for mark, encoding in _ENCODINGS:
        if raw.startswith(mark):
            return raw.decode(encoding, "replace")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def closure(paths: tuple[str, ...], read: Callable[[str], bytes | None]) -> Mapping[str, bytes]:
    """The files and all that they include, by path relative to the root. What is missing is left out."""
    found: dict[str, bytes] = {}
    waiting = list(paths)
    while waiting:
        path = waiting.pop(0)
        raw = read(path)
        if path in found or raw is None:
            continue
        found[path] = raw
        for line in decoded(raw).splitlines():
            match = _INCLUDE.match(line)
            if match and "://" not in match.group(2):
                waiting.append(posixpath.normpath(posixpath.join(posixpath.dirname(path), match.group(2))))
    return found


def cleaned(raw: bytes) -> Cleaned:
    """The text without pip's own options: `--pre` and `--trusted-host` become uv's, the rest is dropped."""
    lines = []
    options: list[str] = []
    for line in decoded(raw).splitlines():
        word = line.split("#", 1)[0].strip()
        if word == "--pre":
            options += ["--prerelease", "allow"]
            lines.append("")
        elif match := re.match(r"^\s*--trusted-host(?:\s+|=)(\S+)", line):
            options += ["--allow-insecure-host", match.group(1)]
            lines.append("")
        elif match := _EDITABLE_GIT.match(line):
            lines.append(_plain(match.group(1), match.group(2) or ""))
        elif _DROPPED.match(line):
            lines.append("")
        else:
            lines.append(_TRAILING.sub("", line))
    return Cleaned("\n".join(lines) + "\n", tuple(options))


def _plain(address: str, fragment: str) -> str:
    """A checkout that pip installs editable, as the requirement that installs the same: uv refuses the former."""
    told = dict(part.partition("=")[::2] for part in fragment.split("&"))
    name = f"{told['egg']} @ " if told.get("egg") else ""
    return f"{name}{address}" + (f"#subdirectory={told['subdirectory']}" if told.get("subdirectory") else "")


def index_lines(raw: bytes) -> tuple[str, ...]:
    """The lines that say where distributions come from."""
    return tuple(line.strip() for line in cleaned(raw).text.splitlines() if _INDEX.match(line))


def variables_in(raw: bytes) -> tuple[str, ...]:
    """The environment variables that a requirement file refers to."""
    return tuple(_VARIABLE.findall(decoded(raw)))


def is_local(raw: bytes) -> bool:
    """Whether a requirement file refers to folders or archives of the tree."""
    return bool(_LOCAL.search(decoded(raw)))
