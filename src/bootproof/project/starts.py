"""How the project says that it is started: images, compose services, process files, scripts, documents."""

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from bootproof.model.project import Evidence, PrestartCommand
from bootproof.project import compose, shell
from bootproof.project.containers import Image, Spoken, dockerfiles, read_image
from bootproof.project.layout import join
from bootproof.project.platforms import Said, said
from bootproof.project.prestart import matters
from bootproof.project.running import Ran, effects_on, place_of, ran_of_text, ran_of_words, shell_join
from bootproof.project.servers import Server, recognise
from bootproof.project.sources import Sources

_SERVES = re.compile(
    rb"\buvicorn\.run\(|\buvicorn\.Server\(|\bhypercorn\b|\bgranian\b|\bGranian\(|^\s*app\.run\(", re.M
)
_WEAK = re.compile(r"(?:^|[._\-/])(?:dev|development|test|tests|local|ci|debug)(?=[._\-/]|$)", re.I)
_BARE = re.compile(r"(?:[\w.\-]+(?::\d+)?/)*(?:python|pypy|debian|ubuntu|alpine|uv|devcontainers/python)(?:[:@]|$)")
DEPLOYS = 80  # weight from which a start is a deployment's own command, not a script's, a task's or a document's


@dataclass(frozen=True)
class Start:
    """One way in which the project says that its server is started.

    `weight` orders them: a deployment says more than a document. `directory` and `path` (PYTHONPATH) are
    folders
    of the project, None and empty where the file does not tell. `before` is what runs ahead of the server.
    """

    server: Server
    weight: int
    evidence: Evidence
    directory: str | None = None
    path: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    before: tuple[PrestartCommand, ...] = ()
    port: int | None = None
    service: str = ""  # of a compose file
    dockerfile: str = ""
    argv: tuple[str, ...] = ()  # paths of the image told as paths below the folder it runs in
    literal: bool = False  # no shell reads it: `$PORT` stays as it stands
    files: tuple[str, ...] = ()  # where its words stand
    based: bool = False  # it runs in an image made of one that may bring more than Python
    effects: tuple[tuple[shell.Effect, Evidence], ...] = ()  # what its shell does to variables before it
    given: frozenset[str] = frozenset()  # variables that its shell is started with


@dataclass
class Found:
    """What the project's start files say: the starts, and the images and services that were read."""

    starts: list[Start] = field(default_factory=list)
    images: list[Image] = field(default_factory=list)
    services: list[compose.Service] = field(default_factory=list)


def find_starts(sources: Sources, environment: Mapping[str, str]) -> Found:
    """Every start that a file of the project names, the weightiest first; `environment` fills in `$PORT`."""
    found = Found(services=compose.services(sources))
    arguments: dict[str, frozenset[str]] = {}
    for each in found.services:
        if each.dockerfile:
            arguments[each.dockerfile] = arguments.get(each.dockerfile, frozenset()) | each.arguments
    images = {
        file: image
        for file in dockerfiles(sources)
        if (image := read_image(sources, file, given=arguments.get(file, frozenset())))
    }
    found.images = list(images.values())
    for service in found.services:
        found.starts.extend(_of_service(sources, found.services, service, images, environment))
    for image in found.images:
        weight = 80 if _WEAK.search(image.file) else 100
        found.starts.extend(_of_image(sources, image, environment, weight))
    for saying in said(sources):
        found.starts.extend(_of_said(sources, saying, environment))
    found.starts.sort(key=lambda start: -start.weight)
    return found


def _of_image(
    sources: Sources,
    image: Image,
    environment: Mapping[str, str],
    weight: int,
    entrypoint: Spoken | None = None,
    command: Spoken | None = None,
    file: str | None = None,
) -> Iterator[Start]:
    variables = {**image.environment, **environment}
    if command is None:
        command, command_file = image.command, image.file
    else:
        command_file = file or image.file
    entry = entrypoint or image.entrypoint
    entry_file = (file or image.file) if entrypoint else image.file
    ran: list[Ran] = []
    tail = _words(command)
    if entry:
        evidence = Evidence(_quote(entry), entry_file, entry.line)
        words = (*(entry.words or ()), *tail)
        if entry.words is None:
            ran.extend(ran_of_text(sources, entry.text, variables, tail, image.directory, image, evidence, 0))
        elif words:
            ran.extend(ran_of_words(sources, words, variables, image.directory, image, evidence, 0, literal=True))
    elif command:
        evidence = Evidence(_quote(command), command_file, command.line)
        if command.words is None:
            ran.extend(ran_of_text(sources, command.text, variables, (), image.directory, image, evidence, 0))
        elif command.words:
            ran.extend(ran_of_words(sources, command.words, variables, image.directory, image, evidence, 0, literal=True))
    yield from _serve(sources, ran, image, weight, image.port, dockerfile=image.file)


def _of_service(
    sources: Sources,
    all_services: list[compose.Service],
    service: compose.Service,
    images: dict[str, Image],
    environment: Mapping[str, str],
) -> Iterator[Start]:
    image = _image_of(sources, service, images)
    if image is None or not (service.command or service.entrypoint or image.command or image.entrypoint):
        return
    weight = 95 if _WEAK.search(service.file) else 110
    variables = {**service.environment, **environment}
    starts = list(
        _of_image(sources, image, variables, weight, service.entrypoint, service.command, service.file)
    )
    before: list[PrestartCommand] = []
    for name in service.after:
        other = next((each for each in all_services if each.name == name and each.file == service.file), None)
        other_image = _image_of(sources, other, images) if other else None
        if other and other_image and other.command:
            evidence = Evidence(_quote(other.command), other.file, other.command.line)
            told = {**other_image.environment, **other.environment}
            text = other.command.text or shell_join(other.command.words or ())
            ran = ran_of_text(sources, text, told, (), other_image.directory, other_image, evidence, 0)
            before.extend(_before(ran, other_image))
    for start in starts:
        yield replace(
            start,
            before=(*before, *start.before),
            service=service.name,
            port=start.server.port or service.port or start.port,
            files=tuple(dict.fromkeys((*start.files, service.file))),
            literal=start.literal and service.command is None and service.entrypoint is None,
        )


def _image_of(sources: Sources, service: compose.Service, images: dict[str, Image]) -> Image | None:
    image: Image | None = None
    if service.dockerfile:
        image = read_image(sources, service.dockerfile, service.context)
        images_file = images.get(service.dockerfile)
        if image and images_file:
            images_file.context = image.context
            images_file.copies = image.copies
    if image is None and service.volumes:
        image = Image(service.file)
    if image is None:
        return None
    image.copies = [*service.volumes, *image.copies]
    image.environment = {**image.environment, **service.environment}
    if service.directory:
        image.directory = service.directory
    return image


def _of_said(sources: Sources, each: Said, environment: Mapping[str, str]) -> Iterator[Start]:
    evidence = Evidence(each.text.strip(), each.file, each.line)
    before: list[PrestartCommand] = []
    for text, line in each.before:
        ran = ran_of_text(sources, text, environment, (), each.directory, None, Evidence(text, each.file, line), 0)
        before.extend(_before(ran, None))
    ran = ran_of_text(sources, each.text, environment, (), each.directory, None, evidence, 0, first_line=each.line)
    for start in _serve(sources, ran, None, each.weight, each.port):
        yield replace(start, before=(*before, *start.before))


def _serve(
    sources: Sources,
    ran: list[Ran],
    image: Image | None,
    weight: int,
    port: int | None,
    dockerfile: str = "",
) -> Iterator[Start]:
    """The first server that the commands start, with what they run before it; a worker where they start no server."""
    ran = [replace(each, argv=tuple(_told(image, word, place_of(image, each.directory)) for word in each.argv)) for each in ran]
    known = [recognise(each.argv) for each in ran]
    serves = any(server is not None and server.program != "celery" for server in known)
    for index, (each, server) in enumerate(zip(ran, known, strict=True)):
        if server is None or each.effect is not None or (serves and server.program == "celery"):
            continue
        directory = place_of(image, each.directory)
        if server.program == "python" and not _starts_server(sources, server, directory):
            continue
        yield Start(
            server,
            weight,
            each.evidence,
            directory,
            tuple(
                place
                for folder in re.split(r"[:;]", each.environment.get("PYTHONPATH", ""))
                if folder and "$" not in folder
                and (place := place_of(image, join(each.directory, folder))) is not None
            ),
            each.environment,
            _before(ran[:index], image),
            server.port or port,
            dockerfile=dockerfile,
            argv=each.argv,
            literal=each.literal,
            files=tuple(dict.fromkeys(file for file in (each.evidence.file, dockerfile) if file)),
            based=image is not None and _BARE.match(image.base) is None,
            effects=tuple(effects_on(ran, index)),
            given=frozenset(image.environment) if image is not None else frozenset(),
        )  # fmt: skip
        return


def _told(image: Image | None, word: str, directory: str | None) -> str:
    """A word of a command; an absolute path of the image as the place in the project that is behind it."""
    option_name, equals, value = word.partition("=") if word.startswith("-") else ("", "", word)
    if image is None or directory is None or not value.startswith("/"):
        return word
    place = image.inside(posixpath.normpath(value))
    return word if place is None else f"{option_name}{equals}{posixpath.relpath(place, directory)}"


def _starts_server(sources: Sources, server: Server, directory: str | None) -> bool:
    file = server_file(sources, server, directory)
    return bool(file and _SERVES.search(sources.text(file) or b""))


def server_file(sources: Sources, server: Server, directory: str | None) -> str | None:
    """The own file that `python x.py`, `python -m x` or `fastapi run x.py` names,
    None where there is none.
    """
    base = directory or "."
    if server.file:
        wanted = posixpath.normpath(posixpath.join(base, server.file.lstrip("/")))
        if wanted in sources.folders:
            wanted += "/__main__.py"
        if sources.exists(wanted):
            return wanted
        tail = server.file.lstrip("./")
        near = [file for file in sources.python_files() if ("/" + file).endswith("/" + tail)]
        return min(near, key=lambda file: (file.count("/"), file), default=None)
    return sources.file_of(server.module + ".__main__", (base,)) or sources.file_of(server.module, (base,))


def _before(ran: Iterable[Ran], image: Image | None) -> tuple[PrestartCommand, ...]:
    return tuple(
        PrestartCommand(each.argv, place_of(image, each.directory) or "", (each.evidence,))
        for each in ran
        if each.argv and matters(each.argv)
    )


def _words(spoken: Spoken | None) -> tuple[str, ...]:
    if spoken is None:
        return ()
    if spoken.words is not None:
        return spoken.words
    try:
        words = tuple(shell.split(spoken.text))
    except ValueError:
        return ()
    if any(word and set(word) <= set(";&|") for word in words):
        return ("sh", "-c", spoken.text)
    return words


def _quote(spoken: Spoken) -> str:
    return spoken.text or shell_join(spoken.words or ())
