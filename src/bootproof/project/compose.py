"""The services of a project's compose files."""

import re
from dataclasses import dataclass, field

from bootproof.project.containers import Assigned, Spoken
from bootproof.project.sources import Sources

_NAME = re.compile(r"^(?:.*/)?(?:docker-)?compose(?:[.\-_][\w.\-]+)?\.ya?ml$")


@dataclass
class Service:
    """One service.

    Paths are relative to the project's root; `after` are services that must have completed.
    """

    name: str
    file: str
    line: int
    context: str | None = None
    dockerfile: str | None = None
    arguments: frozenset[str] = frozenset()  # that it gives to the build of its image
    command: Spoken | None = None
    entrypoint: Spoken | None = None
    directory: str | None = None  # inside the container
    assigned: list[Assigned] = field(default_factory=list)
    env_files: list[str] = field(default_factory=list)
    port: int | None = None
    after: list[str] = field(default_factory=list)
    volumes: list[tuple[str, str]] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        """The assigned variables."""
        return {each.key: each.value for each in self.assigned}


def is_compose_file(file: str) -> bool:
    """Whether a file is one of Docker Compose's, by its name."""
    return _NAME.match(file) is not None


def services(sources: Sources) -> list[Service]:
    """The services of every compose file, nearest to the root and production's first."""
    files = [file for file in sources.files() if _NAME.match(file)]
    rank = re.compile(r"(?:override|test|dev|local|ci)[\w.]*\.ya?ml$")
    files.sort(key=lambda file: (file.count("/"), bool(rank.search(file)), len(file), file))
    if not files:
        return []
    # a YAML parser costs a tenth of a server's start to import, and most projects have no compose file
    from bootproof.project.compose_file import read

    return [service for file in files for service in read(sources, file)]
