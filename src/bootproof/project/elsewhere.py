"""Files of a deployment that give variables to the server, and that are not followed line by line."""

import re
from collections.abc import Iterable, Iterator

from bootproof.model.project import Evidence, Unsure
from bootproof.project.compose import is_compose_file
from bootproof.project.layout import join
from bootproof.project.sources import Sources

_LARGEST = 200_000  # bytes; what is longer is data
_MANIFEST = re.compile(
    r"\.(?:ya?ml|tf|tfvars|hcl|service|conf|bicep|nomad)$"
    r"|(?:^|/)(?:(?:fly|railway|nixpacks|netlify|samconfig)\.toml|(?:railway|app|vercel|launch|zappa_settings|[\w.\-]*task[\w.\-]*)\.json)$"
)
# What tests, checks and documents are given, and what no server is started from.
_NOT = re.compile(
    r"(?:^|/)(?:\.github|\.circleci|\.gitlab|docs?|tests?)/|(?:^|/)(?:\.?(?:gitlab-ci|travis|appveyor|pre-commit|drone|codecov)[\w.\-]*"
    r"|(?:azure|bitbucket)-pipelines|mkdocs|openapi|swagger|alembic|logging[\w.\-]*)\.\w+$"
)
_TOLD = re.compile(
    r"(?:^|/)(?:readme[\w.\-]*|[\w.\-]+\.md|makefile|\.?justfile|taskfile\.ya?ml|[\w.\-]+\.(?:sh|bash|ps1)|launch\.json)$", re.I
)
_ENV_FILE = re.compile(r"(?:--env-file[=\s]+|\"envFile\"\s*:\s*)[\"']?(?:\$\{workspace(?:Folder|Root)\}/|\./)?([\w./\-]+)")


def named_elsewhere(sources: Sources, names: Iterable[str]) -> Iterator[Unsure]:
    """Where a deployment's manifest names one of the variables: it may set it, and no manifest is evaluated here."""
    wanted = {name for name in names if len(name) > 2}  # a shorter word is any word
    if not wanted:
        return
    spelled = re.compile(rf"(?<![\w$])(?:{'|'.join(sorted(map(re.escape, wanted), key=len, reverse=True))})(?!\w)")
    for file in sources.files():
        if not _MANIFEST.search(file) or _NOT.search(file) or is_compose_file(file):
            continue
        data = sources.text(file) or b""
        if len(data) > _LARGEST:
            continue
        seen: set[str] = set()
        for number, line in enumerate(data.decode("utf-8", "replace").splitlines(), 1):
            for match in spelled.finditer(line.partition("#")[0]):
                if match[0] not in seen:
                    seen.add(match[0])
                    yield Unsure(Evidence(match[0], file, number), match[0], manifest=True)


def given_files(sources: Sources) -> frozenset[str]:
    """The settings files that a documented `docker run --env-file` or a debugger's launch gives to the server.

    Of Docker Compose that option only fills in the compose file (https://docs.docker.com/reference/cli/docker/compose/).
    """
    found: set[str] = set()
    for file in sources.files():
        if not _TOLD.search(file) or len(sources.text(file) or b"") > _LARGEST:
            continue
        folder = file.rpartition("/")[0] or "."
        for line in (sources.decoded(file) or "").splitlines():
            for match in _ENV_FILE.finditer(line) if "compose" not in line else ():
                places = (match[1], join(folder, match[1]))
                found.update(place for place in places if sources.exists(place))
    return frozenset(found)
