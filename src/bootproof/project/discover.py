"""Discover: the project as its files tell it, read and never run."""

import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from bootproof.model.project import Evidence, Migrations, PrestartCommand, Project, StartCommand, Target, Unsure
from bootproof.project.applications import Applications
from bootproof.project.containers import Image
from bootproof.project.dependencies import read_dependencies, requires_python
from bootproof.project.elsewhere import named_elsewhere
from bootproof.project.envfiles import is_settings_file
from bootproof.project.errors import NothingToRead, RootNotAFolder, RootNotFound
from bootproof.project.exported import exported
from bootproof.project.fields import read_fields
from bootproof.project.health import health_check
from bootproof.project.installs import choose_dependencies, installed_by_image
from bootproof.project.layout import ancestors, join
from bootproof.project.migrations import makes_tables, read_migrations
from bootproof.project.names import Names
from bootproof.project.prestart import matters, migrates
from bootproof.project.routers import read_routers
from bootproof.project.runs import code_starts, serves_at_import
from bootproof.project.servers import unwrapped
from bootproof.project.settings import read_settings
from bootproof.project.shell import Effect, commands, steps
from bootproof.project.sources import Sources
from bootproof.project.start_command import start_command
from bootproof.project.starts import DEPLOYS, Found, Start, find_starts, server_file
from bootproof.project.target import Choice, aside, choose
from bootproof.project.workers import PREFIX, PROGRAM, choose_worker, worker_command

SMALL = 1_000_000  # bytes of Python below which every file is parsed, to name those that do not parse
_BY_NAME = (b"import_module(", b"__import__(", b"pkgutil", b"importlib")
_PRESTART = re.compile(r"(?:^|/)pre[_\-]?start[\w\-]*\.sh$")
_MIGRATING = re.compile(
    r"alembic\s+(?:-\w\s+\S+\s+)*upgrade\s+\S+|manage\.py\s+migrate|aerich\s+upgrade|flask\s+db\s+upgrade"
)


def discover(
    root: Path,
    *,
    app: str | None = None,
    env_files: Sequence[Path] = (),
    env: Mapping[str, str] = MappingProxyType({}),
    overrides: Mapping[str, bytes] = MappingProxyType({}),
) -> Project:
    """The project below `root`: target, dependencies, settings, routers, migrations, prestart commands.

    `app` is the user's own `module:attribute`, or `celery:module`; `env_files` are settings files that the user names (their
    values win);
    `env` fills in variables of start commands, such as `$PORT`; `overrides` are contents that files are taken to
    have. Nothing is run but `git`, and nothing is
    written.
    What cannot be told is in `notes`, what cannot be parsed in `unreadable`. Raises a `ProjectError`
    where there is no project to read.
    """
    if not root.exists():
        raise RootNotFound(root)
    if not root.is_dir():
        raise RootNotAFolder(root)
    sources = Sources(root, overrides=overrides)
    if not sources.python_files():
        raise NothingToRead(root, len(sources.files()))
    names = Names(sources)
    found = find_starts(sources, env)
    starts = sorted([*found.starts, *code_starts(sources, names)], key=lambda start: -start.weight)
    workers = [each for each in starts if each.server.program == PROGRAM]
    starts = [each for each in starts if each.server.program != PROGRAM]
    if app is not None and app.startswith(PREFIX):
        choice = choose_worker(sources, names, workers, app)
    else:
        choice = choose(sources, Applications(sources, names), starts, app)
        if choice.target is None and not choice.candidates:  # where there is a web application, that is the server
            worker = choose_worker(sources, names, workers, None)
            choice = worker if worker.target is not None or worker.candidates else choice
    target = choice.target
    notes = list(choice.notes)
    if target is not None:
        sources.path = target.path
        names = Names(sources)
    directory = target.directory if target else "."
    image = next(
        (each for each in found.images if choice.start and each.file == choice.start.dockerfile), None
    )
    image = image or _near_image(found, directory)
    migrations = read_migrations(sources)
    prestart = _prestart(sources, choice, starts, migrations, directory, notes)
    reached = _reached(sources, target, prestart, migrations)
    code = reached or [file for file in sources.python_files() if not aside(file)]
    near = (
        [file for file in sources.python_files() if not aside(file)]
        if target is None
        else _own_part(sources, target, code)
    )
    routers, router_notes = read_routers(sources, names, near)
    settings = read_settings(
        sources, names, code, target, choice.start, env_files, [image] if image else [], found.services, prestart,
        [each for each in starts if each is not choice.start and _serves(sources, each, target)],
    )  # fmt: skip
    fields = read_fields(sources, names, code)
    dependencies = choose_dependencies(sources, read_dependencies(sources), directory, image)
    in_image = installed_by_image(image, dependencies)
    if in_image is not None:
        dependencies = (*dependencies, in_image)
    if dependencies and not any(each.chosen for each in dependencies):
        notes.append("no file decides what is installed: none lies at or above the application")
    if sum(len(sources.text(file) or b"") for file in sources.python_files()) < SMALL:
        for file in sources.python_files():
            sources.syntax(file)
    return Project(
        root=root,
        target=target,
        candidates=choice.candidates,
        start=_start(sources, names, choice, reached, notes),
        health=health_check(sources, target, image.file if image else ""),
        image=image.file if image else "",
        requires_python=requires_python(sources, ancestors(join(directory, "x"))),
        dependencies=dependencies,
        settings=settings,
        unsure=(
            *_unsure(sources, choice.start, image),
            *named_elsewhere(sources, (name for field in fields for name in field.variables)),
        ),
        fields=fields,
        code=tuple(code),
        prestart=prestart,
        routers=routers,
        migrations=migrations,
        unreadable=sources.unreadable(),
        imports=_imports(sources, code),
        notes=tuple(dict.fromkeys((*notes, *router_notes))),
    )


def _serves(sources: Sources, start: Start, target: Target | None) -> bool:
    """Whether a start runs the target."""
    if target is None or start.server.module == target.module:
        return target is not None
    return server_file(sources, start.server, start.directory) == target.file


def _unsure(sources: Sources, start: Start | None, image: Image | None) -> tuple[Unsure, ...]:
    """Where the start's shell or its image may set variables in a way that is not understood."""
    shell = exported(sources, start.effects, start.given).unsure if start is not None else ()
    if image is None:
        return shell
    built = [Unsure(Evidence(name, image.file, line), name) for name, line in image.unsure]
    written = [
        Unsure(Evidence(spoken.text, image.file, spoken.line))
        for spoken in image.runs
        for step in steps(spoken.text)
        if isinstance(step, Effect) and step.kind == "written" and is_settings_file(step.name)
    ]
    copied = [
        Unsure(Evidence(f"COPY {source} {target}", image.file, None))
        for source, target in image.copies
        if is_settings_file(target) and target.rpartition("/")[2] != source.rpartition("/")[2]
    ]
    return (*shell, *built, *written, *copied)


def _start(
    sources: Sources, names: Names, choice: Choice, reached: Sequence[str], notes: list[str]
) -> StartCommand | None:
    """The project's own start command; one where there is none but importing the target starts a server itself."""
    target = choice.target
    if target is not None and target.interface == PROGRAM:
        return worker_command(sources, choice)
    said = choice.command
    command = start_command(sources, said, target) if said is not None else None
    if command is None and said is not None and said.weight >= DEPLOYS and said.argv:
        notes.append(f"`{' '.join(said.argv)}` was not run: what it needs is not known here, or the server is not")
    if target is None or (command is not None and command.runs):
        return command
    place = serves_at_import(sources, names, reached)
    if place is None:
        return command
    argv = command.argv if command is not None else ("uvicorn", target.spec, *(["--factory"] if target.call else []))
    evidence = Evidence("starts a server while it is imported", *place)
    if command is None:
        return StartCommand(argv, evidence, target.directory, target.path, runs=True)
    return replace(command, runs=True)


def _near_image(found: Found, directory: str) -> Image | None:
    """The image in the target's folder or the nearest above it, where no start command names one."""
    for folder in ancestors(join(directory, "x")):
        for image in found.images:
            if (image.file.rpartition("/")[0] or ".") == folder:
                return image
    return None


def _prestart(
    sources: Sources,
    choice: Choice,
    starts: Sequence[Start],
    migrations: Sequence[Migrations],
    directory: str,
    notes: list[str],
) -> tuple[PrestartCommand, ...]:
    """What runs before the chosen start; where that says nothing of migrations,
    what the other starts or documents say.
    """
    target = choice.target
    before: tuple[PrestartCommand, ...] = ()
    if choice.start is not None:
        before = choice.start.before
        if not before and target is not None:
            # Another way to start the same application may tell more; documents list all sorts of commands.
            same = [each for each in starts if each is not choice.start and each.weight >= 70 and each.before]
            same = [each for each in same if target.module == each.server.module]
            before = same[0].before if same else ()
        if choice.start.weight < 50:
            before = tuple(each for each in before if migrates(each.argv))
    unique: dict[tuple[tuple[str, ...], str], PrestartCommand] = {}
    for each in before:
        placed = each if each.directory else replace(each, directory=directory)
        unique.setdefault((placed.argv, placed.directory), placed)
    known = tuple(unique.values())
    if any(migrates(each.argv) for each in known) or not migrations:
        return known
    deployed = choice.start is not None and choice.start.weight >= DEPLOYS
    if deployed and target is not None and makes_tables(sources, sources.reachable(target)):
        # It starts without migrations, and on tables of its own making: what a document says of them is for later changes.
        return (*known, *_prestart_script(sources, directory))
    documented = _documented(sources, migrations, directory)
    if documented:
        return (*known, *documented)
    if not makes_tables(sources):
        notes.append(
            f"`{migrations[0].ini}` sets up Alembic, but no start command, script or document runs "
            "`alembic upgrade`, and no code creates the tables: the database would be empty"
        )
    return known


def _migrating(sources: Sources, file: str) -> bool:
    return _MIGRATING.search(sources.decoded(file) or "") is not None


def _prestart_script(sources: Sources, directory: str) -> tuple[PrestartCommand, ...]:
    """What a script that is called prestart, and runs migrations, runs."""
    script = next((file for file in sources.files() if _PRESTART.search(file) and _migrating(sources, file)), None)
    if script is None:
        return ()
    return tuple(
        PrestartCommand(own, directory, (Evidence(" ".join(each.argv), script, each.line),))
        for each in commands(sources.decoded(script) or "")
        if (own := unwrapped(each.argv)) and matters(own)
    )


def _documented(
    sources: Sources, migrations: Sequence[Migrations], directory: str
) -> tuple[PrestartCommand, ...]:
    """What a script that is called prestart runs, else the first migration that a document names."""
    scripted = _prestart_script(sources, directory)
    if scripted:
        return scripted
    inis = [each.ini.rpartition("/")[0] or "." for each in migrations]
    for file in sources.files():
        name = file.rpartition("/")[2].lower()
        if aside(file) or file.startswith("."):
            continue
        if not (
            name.startswith("readme") or name in ("makefile", "justfile") or name.endswith((".sh", ".md"))
        ):
            continue
        text = sources.decoded(file) or ""
        for number, line in _code_of(text) if name.endswith((".md", ".rst", "readme")) else enumerate(text.splitlines(), 1):
            match = _MIGRATING.search(line)
            if match:
                argv = [word.strip("`'\"*).,") for word in match[0].split()]
                argv = [] if "<" in match[0] or "$" in match[0] else argv
                if argv and argv[0] == "manage.py":
                    argv.insert(0, "python")
                if argv:
                    where = directory if directory in inis else inis[0]
                    evidence = (Evidence(_without_marks(line), file, number),)
                    return (PrestartCommand(tuple(argv), where, evidence),)
    return ()


def _code_of(text: str) -> Iterator[tuple[int, str]]:
    """The lines of a document that are code: in fenced or indented blocks, behind a prompt, and spans between backticks.

    What it says of a command in a sentence is no command.
    """
    fenced = False
    for number, line in enumerate(text.splitlines(), 1):
        if line.lstrip().startswith(("```", "~~~")):
            fenced = not fenced
        elif fenced or line.startswith(("    ", "\t")) or line.lstrip().startswith(("$", ">")):
            yield number, line
        else:
            yield from ((number, span) for span in re.findall(r"`([^`]+)`", line))


def _without_marks(line: str) -> str:
    """A line of a document without its prompt and list marks."""
    return re.sub(r"^[\s>*\-$`\d.]+", "", line).rstrip("` ")


def _reached(
    sources: Sources,
    target: Target | None,
    prestart: Sequence[PrestartCommand],
    migrations: Sequence[Migrations],
) -> list[str]:
    """The own files that a start reaches: the target's imports, those of prestart commands and migrations."""
    if target is None:
        return []
    found = set(sources.reachable(target))
    begin: list[str] = []
    for command in prestart:
        words = command.argv
        script = next((word for word in words if word.endswith(".py")), "")
        module = words[2] if len(words) > 2 and words[1] == "-m" else ""
        begin += [file for file in (join(command.directory, script), sources.file_of(module)) if file]
    if any(migrates(each.argv) for each in prestart):
        begin += [join(each.scripts, "env.py") for each in migrations]
    found |= sources.closure(begin, target.path)
    by_name = sources.holding(_BY_NAME, found)
    if by_name:
        # Modules that are imported by name at run time: all beside those that are imported by statement.
        tops = {file.rpartition("/")[0] for file in by_name}
        more = (
            f
            for f in sources.python_files()
            if any(not t or f.startswith(t + "/") for t in tops) and not aside(f)
        )
        found |= sources.closure(more, target.path)
    return sorted(found)


def _own_part(sources: Sources, target: Target, code: Sequence[str]) -> list[str]:
    """The files in which a router of this application could stand: what it reaches,
    and the packages around it.
    """
    tops = {folder for file in code if (folder := file.rpartition("/")[0])}
    top = target.file.rpartition("/")[0]
    tops = {each for each in tops if not top or each.startswith(top)} | {top}
    inside = {
        file
        for file in sources.python_files()
        if not aside(file) and any(not folder or file.startswith(folder + "/") for folder in tops)
    }
    return sorted(inside | set(code))


def _imports(sources: Sources, files: Sequence[str]) -> tuple[str, ...]:
    """The absolute names that the files import and that are neither own nor of the standard library."""
    found: set[str] = set()
    for file in files:
        for each in sources.imports(file):
            if not each.level and each.module:
                found.add(each.module)
    own: dict[str, bool] = {}
    for name in found:
        first = name.partition(".")[0]
        if first not in own:
            own[first] = first in sys.stdlib_module_names or sources.is_own(first)
    return tuple(sorted(name for name in found if not own[name.partition(".")[0]]))
