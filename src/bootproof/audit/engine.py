"""One audit from the folder to the report: what must be there before anything can be rehearsed.

What is imported here is little on purpose: everything else is imported while the zygote imports the project's own
third-party modules, which takes longer.
"""

import contextlib
import os
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from bootproof.audit.api import Options, Progress, Tell
from bootproof.audit.errors import UsageProblem
from bootproof.audit.server import named_server
from bootproof.environment.provision import provision
from bootproof.model.environment import Environment, ResolutionFailure
from bootproof.model.project import Project, Target
from bootproof.model.report import Report
from bootproof.project.discover import discover
from bootproof.project.errors import ProjectError
from bootproof.project.sources import Sources
from bootproof.rehearsal.needs import REDIS_WORDS, needs, variables
from bootproof.rehearsal.rehearser import Rehearser

if TYPE_CHECKING:
    from bootproof.audit.unresolved import Resolved
    from bootproof.rehearsal.company import Company
    from bootproof.rehearsal.database.remote import Remote

# Loaded by libraries when they are used, not when they are imported: a trial is quicker where they are there already.
LAZY = (
    "asyncpg", "psycopg", "psycopg2", "aiosqlite", "greenlet", "email_validator", "python_multipart", "multipart",
    "orjson", "dotenv", "sqlalchemy.dialects.postgresql", "anyio._backends._asyncio",
)  # fmt: skip


def run(options: Options, progress: Tell, company: "Company | None" = None) -> Report:
    """The report on one project. Raises UsageProblem."""
    started = time.monotonic()

    def tell(stage: str) -> Callable[[str], None]:
        return lambda text: progress(Progress(stage, text))

    project, target = read_project(options)
    with named_server(options.database, tell("database")) as server:
        return _run(options, project, target, server, company, tell, started)


def _run(
    options: Options, project: Project, target: Target, server: "Remote | None", company: "Company | None",
    tell: Callable[[str], Callable[[str], None]], started: float,
) -> Report:  # fmt: skip
    tell("discover")(f"{target.spec} in {target.directory}" if target.directory != "." else target.spec)
    began = time.monotonic()
    environment = provision(project, python=options.python, progress=tell("provision"), constraints=options.constraints)
    resolved = time.monotonic() - began
    given: Resolved | None = None
    if isinstance(environment, ResolutionFailure):
        from bootproof.audit.unresolved import mend_resolution, report_unresolved

        tried = mend_resolution(project, environment, options, tell("provision"))
        if tried.environment is None:
            return report_unresolved(project, tried, resolved, time.monotonic() - started)
        environment, given = tried.environment, tried
    with set_stage(options, project, target, environment, server, company) as (sources, rehearser):
        from bootproof.audit.play import play

        return play(
            options, project, sources, environment, rehearser, tell, resolved=resolved, started=started, given=given
        )


@contextlib.contextmanager
def set_stage(
    options: Options, project: Project, target: Target, environment: Environment,
    server: "Remote | None" = None, company: "Company | None" = None,
) -> Iterator[tuple[Sources, Rehearser]]:  # fmt: skip
    """The project's sources, and its rehearser with the zygote on its way."""
    sources = Sources(project.root, target.path)
    settings = variables(project, options.env, os.environ)
    speaking = sources.holding((b"postgres", *REDIS_WORDS))
    wanted = needs(project, sources.text, speaking, creating_extensions(sources), settings.values())
    with Rehearser(
        project, environment, target, wanted, settings, timeout=options.timeout, allowed=options.allow,
        database=server, secrets=server.secrets if server else (), company=company,
    ) as rehearser:  # fmt: skip
        rehearser.open(modules_to_load(project, environment), (*project.imports, *LAZY))
        yield sources, rehearser


def read_project(options: Options) -> tuple[Project, Target]:
    """The project and its target. Raises UsageProblem with the next step."""
    try:
        project = discover(options.root, app=options.app, env_files=options.env_files, env=options.env)
    except ProjectError as problem:
        raise UsageProblem(str(problem)) from problem
    if project.target is None:
        if project.candidates:
            several = ", ".join(f"`{each.spec}` ({each.file})" for each in project.candidates[:6])
            raise UsageProblem(
                f"Several applications were found, and nothing says which one is served: {several}. Name it: --app MODULE:NAME"
            )
        raise UsageProblem(f"No application was found in `{options.root}`: name it with --app MODULE:NAME")
    return project, project.target


def creating_extensions(sources: Sources) -> tuple[str, ...]:
    """The files that may create extensions of PostgreSQL: own SQL files, and Python files that speak of one."""
    scripts = tuple(file for file in sources.files() if file.endswith((".sql", ".sh")))
    return (*sources.holding((b"EXTENSION", b"extension", b"Extension")), *scripts)


def modules_to_load(project: Project, environment: Environment) -> tuple[str, ...]:
    """Third-party modules that the zygote imports: what the project's files import, and what libraries load late."""
    installed = {module for each in environment.distributions for module in each.modules}
    wanted = [name for name in project.imports if name.partition(".")[0] in installed]
    return tuple(dict.fromkeys([*wanted, *(name for name in LAZY if name.partition(".")[0] in installed)]))
