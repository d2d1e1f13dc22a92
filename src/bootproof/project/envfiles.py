"""Settings files: each `KEY=value` with the exact bytes of its value."""

import io
import re
from collections.abc import Iterable, Iterator

from dotenv.parser import parse_stream

from bootproof.model.project import SettingValue
from bootproof.project.containers import Assigned
from bootproof.project.sources import Sources

_FILE = re.compile(
    r"(?:^|/)(?:\.env(?:\.[\w.\-]+)?|\.flaskenv|[\w.\-]+\.env|env\.[\w\-]*(?:example|sample|template|dist))$"
)
_FOLDER = re.compile(r"(?:^|/)\.envs?/(?:[\w.\-]+/)*[\w.\-]+$")
_TEMPLATE = re.compile(r"(?:example|sample|template|dist|default|tmpl|tpl)s?(?=[._\-]|$)", re.I)
_NOT = re.compile(r"\.(?:py|pyi|sh|md|js|ts|mjs|cjs|tsx|jsx|d\.ts|j2|enc|gpg|age|vault)$")
# The grammar of python-dotenv's own parser (dotenv/parser.py), with the value's place kept.
_VALUE = re.compile(
    r"\s*(?:export[^\S\r\n]+)?(?:'[^']+'|[^=#\s]+)[^\S\r\n]*=[^\S\r\n]*"
    r"(?:'(?P<single>(?:\\'|[^'])*)'|\"(?P<double>(?:\\\"|[^\"])*)\"|(?P<plain>[^\r\n]*))"
)
_TRAILING = re.compile(r"\s+#.*")


def env_files(sources: Sources) -> list[str]:
    """The files that read as settings files, templates included, nearest to the root first."""
    found = [file for file in sources.files() if is_settings_file(file)]
    return sorted(found, key=lambda file: (file.count("/"), file))


def is_settings_file(file: str) -> bool:
    """Whether a file is a settings file by its name."""
    return bool(_FILE.search(file) or _FOLDER.search(file)) and not _NOT.search(file)


def is_template(file: str) -> bool:
    """Whether a settings file is there to be copied (`.env.example`); no project reads such a file."""
    return _TEMPLATE.search(file.rpartition("/")[2]) is not None


def read_env(
    sources: Sources, file: str, data: bytes, source: str, loaded: bool, committed: bool | None
) -> Iterator[SettingValue]:
    """The values of one settings file as python-dotenv reads them, before `${…}` is filled in.

    A line that it cannot read is noted as unreadable. Values are secrets: they are never put into a message.
    """
    text = data.decode("utf-8", "surrogateescape")
    byte_at, line = 0, 1
    for binding in parse_stream(io.StringIO(text, newline="")):
        whole = binding.original.string
        if binding.error:
            sources.refuse(file, "a line is no `KEY=value`", binding.original.line)
        elif binding.key is not None and binding.value is not None:
            span = _span(whole)
            if span is not None:
                before = whole[: span[0]]
                value_line = line + len(re.findall(r"\r\n|\n|\r", before))
                start = byte_at + len(before.encode("utf-8", "surrogateescape"))
                end = start + len(whole[span[0] : span[1]].encode("utf-8", "surrogateescape"))
                yield SettingValue(
                    binding.key, binding.value, file, value_line, start, end, source, loaded, committed
                )
        byte_at += len(whole.encode("utf-8", "surrogateescape"))
        line += len(re.findall(r"\r\n|\n|\r", whole))


def _span(binding: str) -> tuple[int, int] | None:
    match = _VALUE.match(binding)
    if match is None:
        return None
    group = "single" if match["single"] is not None else "double" if match["double"] is not None else "plain"
    start, end = match.span(group)
    if group == "plain":
        end = start + len(_TRAILING.sub("", match["plain"]).rstrip())
    return start, end


def assigned_values(
    file: str, text: str, data: bytes, assigned: Iterable[Assigned], source: str, committed: bool | None
) -> Iterator[SettingValue]:
    """Assignments of an image or a compose service as settings; the project itself does not read those."""
    mark = 3 if data.startswith(b"\xef\xbb\xbf") else 0
    for each in assigned:
        start = mark + len(text[: each.start].encode("utf-8", "surrogateescape"))
        end = start + len(text[each.start : each.end].encode("utf-8", "surrogateescape"))
        yield SettingValue(each.key, each.value, file, each.line, start, end, source, False, committed)
