"""Which path a deployment asks to learn whether the server is well: Docker's HEALTHCHECK, compose's `healthcheck`."""

import re
from collections.abc import Iterable, Iterator

from bootproof.model.project import HealthCheck, Target
from bootproof.project.compose import is_compose_file
from bootproof.project.containers import dockerfiles
from bootproof.project.sources import Sources
from bootproof.project.target import aside

_URL = re.compile(
    r"https?://(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1?\])(?::(?P<port>\d+|\$\{?\w+[^}/\s]*\}?))?(?P<path>/[^\s\"'`|&;,)\]>?#\\]*)"
)
_DOCKER = re.compile(r"^[ \t]*HEALTHCHECK\b(?:[^\n\\]|\\\r?\n|\\.)*", re.IGNORECASE | re.MULTILINE)
_COMPOSE = re.compile(
    r"^(?P<indent>[ \t]+)healthcheck:[ \t]*\r?\n(?:(?P=indent)[ \t]+\S.*(?:\r?\n|\Z)|[ \t]*\r?\n)+", re.MULTILINE
)


def health_check(sources: Sources, target: Target | None, image: str = "") -> HealthCheck | None:
    """The one that asks the target's server, by its port; the first where several do.

    `image`: the Dockerfile that the target's image is built from, "" where none is known. Another's check asks another server.
    """
    ports = {str(target.port)} if target is not None and target.port else {"8000", "80"}
    examples = target is not None and aside(target.file)
    files = [(image, _DOCKER)] if image else [(file, _DOCKER) for file in dockerfiles(sources) if examples or not aside(file)]
    files += [(file, _COMPOSE) for file in sources.files() if is_compose_file(file) and (examples or not aside(file))]
    found = list(_checks(sources, files))
    for each, port in found:
        if port in ports or port.startswith("$"):
            return each
    return found[0][0] if len(found) == 1 and (target is None or not target.port) else None


def _checks(sources: Sources, files: Iterable[tuple[str, re.Pattern[str]]]) -> Iterator[tuple[HealthCheck, str]]:
    for file, block in files:
        text = sources.decoded(file) or ""
        for said in block.finditer(text):
            url = _URL.search(said[0])
            if url is None:
                continue
            start = said.start() + url.start("path")
            before = len(text[:start].encode())
            path = url["path"]
            line = text.count("\n", 0, start) + 1
            yield HealthCheck(path, file, line, before, before + len(path.encode())), url["port"] or "80"
