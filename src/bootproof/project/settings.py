"""Every setting that the project's files give, the one that wins first."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from bootproof.model.project import Evidence, PrestartCommand, SettingValue, Target
from bootproof.project.compose import Service
from bootproof.project.containers import Assigned, Image
from bootproof.project.elsewhere import given_files
from bootproof.project.envfiles import assigned_values, env_files, is_template, read_env
from bootproof.project.errors import EnvFileNotFound
from bootproof.project.exported import Exported, exported
from bootproof.project.layout import join
from bootproof.project.loading import loaded_files
from bootproof.project.names import Names
from bootproof.project.servers import option
from bootproof.project.sources import Sources
from bootproof.project.starts import Start
from bootproof.project.tracked import committed


def read_settings(
    sources: Sources,
    names: Names,
    code: Sequence[str],
    target: Target | None,
    start: Start | None,
    options: Sequence[Path],
    images: Sequence[Image],
    services: Sequence[Service],
    before: Sequence[PrestartCommand] = (),
    others_of_target: Sequence[Start] = (),
) -> tuple[SettingValue, ...]:
    """The values of settings files, images and compose services.

    In this order: files that the user named (`options`), files that the start command or the code reads,
    other
    settings files, compose, images, templates. Raises `EnvFileNotFound` for an option that cannot be read.
    """
    given = [_option(sources, path) for path in options]
    read = _from_start(sources, start, target)
    read += loaded_files(sources, names, code, target)
    every = env_files(sources)
    shell = exported(sources, start.effects, start.given) if start is not None else Exported()
    sourced = [file for file in shell.read if file not in read]
    others = [file for file in every if file not in read and file not in sourced and not is_template(file)]
    templates = [file for file in every if is_template(file) and file not in read and file not in sourced]
    holders = {service.file for service in services if service.assigned} | {
        each.file for each in images if each.assigned
    }
    told = committed(sources, [*read, *every, *holders, *(name for name, _ in given if sources.exists(name))])
    services = _own(services, start)
    found: list[SettingValue] = []
    for name, data in given:
        found.extend(read_env(sources, name, data, "option", True, told.get(name)))
    named = {name for name, _ in given}
    # Docker sets what the `env_file` of a service, or `--env-file`, holds: the project itself never reads it.
    # Nor what a document's start of the same application sources.
    given_by_docker = given_files(sources).union(
        *(exported(sources, each.effects, each.given).read for each in others_of_target),
        *(service.env_files for service in services if service.context or service.volumes)
    )
    for file, loaded in [
        *((each, True) for each in dict.fromkeys(read)),
        *((each, False) for each in others),
    ]:
        if file not in named:
            source = "compose" if not loaded and file in given_by_docker else "env-file"
            found.extend(read_env(sources, file, sources.text(file) or b"", source, loaded, told.get(file)))
    holders_of_words = [(start.argv, start.evidence, "shell")] if start is not None else []
    holders_of_words += [(step.argv, each, "procfile") for step in before for each in step.evidence]
    before_words = [
        value
        for argv, evidence, source in holders_of_words
        if argv and evidence.file and evidence.file not in holders
        for value in _before_command(sources, argv[0], evidence, source, told.get(evidence.file))
    ]
    found.extend(each for each in before_words if each.source == "shell")
    given_on = {(each.file, each.start) for each in shell.values}
    found.extend(replace(each, committed=told.get(each.file)) for each in shell.values)
    seen: set[tuple[str, str, int]] = set()
    holders_in_order = [
        *(
            (service.file, service.assigned, "compose")
            for service in services
            if service.context or service.volumes
        ),
        *((image.file, image.assigned, "dockerfile") for image in images),
    ]
    for file, assigned, source in holders_in_order:
        text, data = sources.decoded(file) or "", sources.text(file) or b""
        for value in assigned_values(file, text, data, assigned, source, told.get(file)):
            if (value.key, file, value.start) not in seen:  # a merged mapping stands once in the file
                seen.add((value.key, file, value.start))
                found.append(value)
    found.extend(each for each in before_words if each.source != "shell")
    for file in sourced:  # what the shell sets again, or keeps to itself
        for value in read_env(sources, file, sources.text(file) or b"", "env-file", False, told.get(file)):
            if (file, value.start) not in given_on:
                found.append(value)
    for file in templates:
        found.extend(read_env(sources, file, sources.text(file) or b"", "env-file", False, told.get(file)))
    return tuple(found)


def _own(services: Sequence[Service], start: Start | None) -> Sequence[Service]:
    """The services that are the start's own; another service's variables are not the server's."""
    if start is None or not start.service:
        return services
    return [each for each in services if each.name == start.service]


def _from_start(sources: Sources, start: Start | None, target: Target | None) -> list[str]:
    if start is None or target is None:
        return []
    named = [start.server.env_file, start.environment.get("UV_ENV_FILE", "")]
    # `uvicorn --env-file` and `uv run --env-file`; docker's is read by docker, not by the project.
    named.append(
        option(start.evidence.text.split(), "--env-file") or "" if "uvicorn" in start.evidence.text else ""
    )
    places = [join(target.directory, name.strip("'\"")) for name in named if name]
    return [file for file in dict.fromkeys(places) if sources.exists(file)]


def _before_command(
    sources: Sources, program: str, evidence: Evidence, source: str, committed: bool | None
) -> Iterator[SettingValue]:
    """The assignments that stand before the words of a command (`MODE=local uvicorn …`)."""
    text, number = sources.decoded(evidence.file or "") or "", evidence.line or 0
    lines = text.splitlines(keepends=True)
    if not evidence.file or not 0 < number <= len(lines):
        return
    offset = sum(map(len, lines[: number - 1]))
    found = re.search(rf"((?:[A-Za-z_]\w*=[^\s\"'`$;&|]+[ \t]+)+)(?:\S*/)?{re.escape(program)}\b", lines[number - 1])
    if found is None:
        return
    given = (
        Assigned(each[1], each[2], number, offset + found.start(1) + each.start(2), offset + found.start(1) + each.end(2))
        for each in re.finditer(r"(\w+)=(\S+)", found[1])
    )
    yield from assigned_values(evidence.file, text, sources.text(evidence.file) or b"", given, source, committed)


def _option(sources: Sources, path: Path) -> tuple[str, bytes]:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise EnvFileNotFound(path, error.strerror or str(error)) from error
    real, root = path.resolve(), sources.root.resolve()
    return (real.relative_to(root).as_posix() if real.is_relative_to(root) else real.as_posix()), data
