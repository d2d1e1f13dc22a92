"""One audit from the folder to the report: what must be there before anything can be rehearsed.

What is imported here is little on purpose: everything else is imported while the zygote imports the project's own
third-party modules, which takes longer.
"""

import os
import time
from collections.abc import Callable

from bootproof.audit.api import Options, Progress, Tell
from bootproof.audit.errors import UsageProblem
from bootproof.environment.provision import provision
from bootproof.model.environment import Environment, ResolutionFailure
from bootproof.model.project import Project, Target
from bootproof.model.report import Report
from bootproof.project.discover import discover
from bootproof.project.errors import ProjectError
from bootproof.project.sources import Sources
from bootproof.rehearsal.needs import needs, variables
from bootproof.rehearsal.rehearser import Rehearser

# Loaded by libraries when they are used, not when they are imported: a trial is quicker where they are there already.
LAZY = (
    "asyncpg", "psycopg", "psycopg2", "aiosqlite", "greenlet", "email_validator", "python_multipart", "multipart",
    "orjson", "dotenv",
)  # fmt: skip


def run(options: Options, progress: Tell) -> Report:
    """The report on one project. Raises UsageProblem."""
    started = time.monotonic()

    def tell(stage: str) -> Callable[[str], None]:
        return lambda text: progress(Progress(stage, text))

    project, target = read_project(options)
    tell("discover")(f"{target.spec} in {target.directory}" if target.directory != "." else target.spec)
    began = time.monotonic()
    environment = provision(project, python=options.python, progress=tell("provision"), constraints=options.constraints)
    resolved = time.monotonic() - began
    if isinstance(environment, ResolutionFailure):
        from bootproof.audit.unresolved import report_unresolved

        return report_unresolved(project, environment, options, resolved, time.monotonic() - started)
    sources = Sources(project.root, target.path)
    wanted = needs(project, sources.text, sources.files_with(b"postgres"))
    settings = variables(project, options.env, os.environ)
    with Rehearser(
        project, environment, target, wanted, settings, timeout=options.timeout, allowed=options.allow
    ) as rehearser:
        rehearser.open(modules_to_load(project, environment))
        from bootproof.audit.play import play

        return play(options, project, sources, environment, rehearser, tell, resolved=resolved, started=started)


def read_project(options: Options) -> tuple[Project, Target]:
    """The project and its target. Raises UsageProblem with the next step."""
    if options.database is not None:
        raise UsageProblem("`--database` is not supported yet: the audit uses its embedded PostgreSQL")
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


def modules_to_load(project: Project, environment: Environment) -> tuple[str, ...]:
    """Third-party modules that the zygote imports: what the project's files import, and what libraries load late."""
    installed = {module for each in environment.distributions for module in each.modules}
    wanted = [name for name in project.imports if name.partition(".")[0] in installed]
    return tuple(dict.fromkeys([*wanted, *(name for name in LAZY if name in installed)]))
