"""What a project asks to be installed, read from its chosen dependency files."""

import posixpath
import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from packaging.utils import canonicalize_name

from bootproof.environment import foreign
from bootproof.environment.masking import masked
from bootproof.environment.requirement_files import (
    cleaned,
    closure,
    decoded,
    index_lines,
    is_local,
    variables_in,
)
from bootproof.model.environment import ResolutionFailure
from bootproof.model.project import DependencyFile, Project

Read = Callable[[str], bytes | None]
_DEPLOYMENT = (
    "Dockerfile",
    "docker/Dockerfile",
    "Procfile",
    "Makefile",
    "justfile",
    "nixpacks.toml",
    "render.yaml",
)
_INSTALL = re.compile(
    r"\b(?:uv\s+(?:sync|pip\s+install)|poetry\s+install|pdm\s+(?:install|sync)|pip3?\s+install)\b[^\n;&|]*"
)
_DOCUMENTS = (".md", ".rst", ".txt", ".adoc")
_FROZEN = re.compile(r"\buv\s[^\n]*--(?:frozen|locked)\b|\bUV_(?:FROZEN|LOCKED)\b")
_WITHOUT = re.compile(r"--no-root|--no-install-project|--no-self|--no-install-workspace|--only-deps")


@dataclass(frozen=True)
class Inputs:
    """What is to be installed. Paths are relative to the project's root.

    `files` go to uv as they stand, `lines` and `constraints` are written beside them; `export` is the folder
    whose uv.lock decides; `own` are the folders that are installed without their modules; `told` is the file
    that `lines` come from, as uv's complaints should call it.
    """

    directory: str = "."
    files: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()
    constraints: tuple[str, ...] = ()
    told: str = ""
    export: str | None = None
    relock: bool = False
    own: tuple[str, ...] = ()
    own_certain: bool = False  # the deployment installs the project itself, so it must be installable
    whole: bool = False  # the copy needs the whole tree, not the dependency files alone
    pip: bool = True  # pip's rules: its choice among indexes, and what `python -m venv` brings
    options: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()
    index: tuple[str, ...] = ()  # option lines that say where distributions come from
    advice: tuple[str, ...] = ()
    contents: Mapping[str, bytes] = field(default_factory=dict, repr=False)


def inputs_of(
    project: Project, read: Read, *, mended: frozenset[str] = frozenset()
) -> Inputs | ResolutionFailure:
    """The inputs of a project whose files `read` gives; `mended` are those that a fix changed.

    A declaration that cannot be read is a ResolutionFailure of kind `unreadable`.
    """
    chosen = [file for file in project.dependencies if file.chosen]
    if not chosen:
        said = "no dependency file was found: nothing but the standard library is installed"
        return Inputs(advice=(said,) if not project.dependencies else ("no dependency file was chosen",))
    collected = Inputs(directory=posixpath.dirname(chosen[0].path) or ".", pip=False)
    seen: set[tuple[str, str]] = set()
    for file in sorted(chosen, key=lambda each: not each.format.endswith("-lock")):
        folder = posixpath.dirname(file.path) or "."
        manager = {"uv-lock": "pyproject", "poetry-lock": "pyproject", "pdm-lock": "pyproject"}.get(
            file.format, file.format
        )
        key = (
            folder,
            file.path
            if manager == "requirements"
            else "pyproject"
            if manager in ("poetry", "pdm")
            else manager,
        )
        if key in seen:  # a lock file beside its manifest: the lock has spoken
            continue
        seen.add(key)
        if file.format == "dockerfile":
            collected = _merged(collected, Inputs(lines=tuple(each.text for each in file.requirements), told=file.path))
            continue
        try:
            one = _of(file.format, file.path, folder, read, mended)
        except (tomllib.TOMLDecodeError, ValueError, RecursionError) as error:
            return ResolutionFailure(masked(f"`{file.path}` cannot be read: {error}"), "unreadable")
        collected = _merged(collected, one)
    collected = replace(collected, lines=(*collected.lines, *_asked_by_documents(project, chosen)))
    # what uv installs it installs by uv's rules, whatever the format of the file
    return replace(collected, pip=False) if _deployed_by_uv(collected.directory, read) else collected


def _asked_by_documents(project: Project, chosen: Sequence[DependencyFile]) -> tuple[str, ...]:
    """The requirements of the tools that documents have a person run first, where only a group declares them.

    Whoever follows such a document on a machine of their own has the development tools.
    """
    declared = [each for file in chosen for each in file.requirements]
    always = {each.name for each in declared if not each.group}
    tools = {
        each.argv[0] for each in project.prestart
        if each.argv and each.evidence and all((told.file or "").endswith(_DOCUMENTS) for told in each.evidence)
    }  # fmt: skip
    wanted = {str(canonicalize_name(tool)) for tool in tools} - always
    return tuple({each.name: each.text.strip() for each in declared if each.name in wanted}.values())


def _of(format: str, path: str, folder: str, read: Read, mended: frozenset[str]) -> Inputs:
    if format == "requirements":
        return _requirements((path,), read)
    if format == "pipfile":
        return _pipfile(folder, read)
    if format in ("setup-cfg", "setup-py"):
        names = [
            posixpath.normpath(posixpath.join(folder, name))
            for name in ("setup.cfg", "setup.py", "pyproject.toml")
        ]
        contents = {name: raw for name in names if (raw := read(name)) is not None}
        certain = _certain(folder, read)
        own = () if certain is False else (folder,)
        return Inputs(files=(path,), own=own, own_certain=bool(certain), whole=True, contents=contents)
    return _pyproject(format, folder, read, mended)


def _requirements(paths: tuple[str, ...], read: Read) -> Inputs:
    contents = closure(paths, read)
    options: dict[str, None] = {}
    for raw in contents.values():
        flags = cleaned(raw).options
        options.update(dict.fromkeys(" ".join(flags[at : at + 2]) for at in range(0, len(flags), 2)))
    return Inputs(
        files=paths,
        whole=any(is_local(raw) for raw in contents.values()),
        options=tuple(part for pair in options for part in pair.split(" ")),
        variables=tuple(sorted({name for raw in contents.values() for name in variables_in(raw)})),
        index=tuple(line for raw in contents.values() for line in index_lines(raw)),
        contents=contents,
    )


def _pipfile(folder: str, read: Read) -> Inputs:
    lock_path, path = (
        posixpath.normpath(posixpath.join(folder, name)) for name in ("Pipfile.lock", "Pipfile")
    )
    lock, declared = read(lock_path), read(path)
    contents = {name: raw for name, raw in ((lock_path, lock), (path, declared)) if raw is not None}
    lines = foreign.pipfile_lock(lock) if lock is not None else foreign.pipfile(declared or b"")
    if lock is not None and declared is not None:
        # `pipenv install --deploy` refuses a stale lock; here what the Pipfile has more is installed as well
        locked = {_name(line) for line in lines}
        lines += tuple(
            line
            for line in foreign.pipfile(declared)
            if not line.startswith("-") and _name(line) not in locked
        )
    return Inputs(
        lines=lines,
        told=lock_path if lock is not None else path,
        whole=is_local("\n".join(lines).encode()),
        index=tuple(line for line in lines if line.startswith("--")),
        variables=variables_in("\n".join(lines).encode()),
        contents=contents,
    )


def _pyproject(format: str, folder: str, read: Read, mended: frozenset[str]) -> Inputs:
    names = {
        name: posixpath.normpath(posixpath.join(folder, name))
        for name in (
            "pyproject.toml",
            "uv.lock",
            "uv.toml",
            "poetry.lock",
            "pdm.lock",
            "setup.cfg",
            "setup.py",
        )
    }
    contents = {path: raw for path in names.values() if (raw := read(path)) is not None}
    path = names["pyproject.toml"]
    raw = contents.get(path, b"")
    data = tomllib.loads(raw.decode("utf-8-sig"))
    tool = _table(data, "tool")
    is_package = (
        "build-system" in data
        and _table(tool, "uv").get("package") is not False
        and _table(tool, "poetry").get("package-mode") is not False
        and _table(tool, "pdm").get("distribution") is not False
    )
    lock = next((names[each] for each in _locks(folder, format, read) if names[each] in contents), None)
    certain = _certain(folder, read) if is_package else False
    if certain is None and lock == names["uv.lock"]:
        # `uv sync` installs nothing where the project does not build; `poetry install` all the rest
        certain = True
    base = Inputs(
        directory=folder,
        own=(folder,) if is_package and certain is not False else (),
        own_certain=bool(certain),
        whole=is_package or "uv" in tool or "dynamic" in _table(data, "project") or is_local(raw),
        pip=lock is None and format == "pyproject",
        contents=contents,
    )
    if lock is not None and lock == names["uv.lock"]:
        relock = path in mended and lock not in mended
        stale = () if relock else _stale(data, contents[lock], lock)
        # `uv sync` brings the lock up to date, unless it is told not to
        relock = relock or (bool(stale) and not any(_FROZEN.search(text) for text in _deployment(folder, read)))
        return replace(base, export=folder, relock=relock, whole=True, advice=stale)
    constraints = foreign.pins(contents[lock]) if lock is not None else ()
    if "dependencies" in _table(data, "project") or "poetry" not in tool:
        return replace(base, files=(path,), constraints=constraints)
    lines = foreign.poetry(raw)
    return replace(
        base,
        lines=lines,
        constraints=constraints,
        told=path,
        whole=base.whole or is_local("\n".join(lines).encode()),
        index=tuple(line for line in lines if line.startswith("--")),
    )


def _deployed_by_uv(folder: str, read: Read) -> bool:
    return any(re.search(r"\buv\s+(?:pip|sync|run)\b", text) for text in _deployment(folder, read))


def _deployment(folder: str, read: Read) -> list[str]:
    """The files that say how the project is installed, with continued lines joined."""
    names = [posixpath.normpath(posixpath.join(base, name)) for base in (folder, ".") for name in _DEPLOYMENT]
    return [decoded(read(name) or b"").replace("\\\n", " ") for name in dict.fromkeys(names)]


def _locks(folder: str, format: str, read: Read) -> tuple[str, ...]:
    """The lock files that count, the one of the tool that deploys first; pip heeds none of them."""
    known = {"uv": "uv.lock", "poetry": "poetry.lock", "pdm": "pdm.lock"}
    commands = [command for text in _deployment(folder, read) for command in _INSTALL.findall(text)]
    deploying = [
        tool for tool in known if any(re.match(rf"{tool}\s+(?:sync|install)", each) for each in commands)
    ]
    if commands and not deploying and not format.endswith("-lock"):
        return ()
    preferred = [known[tool] for tool in (*deploying, format.removesuffix("-lock")) if tool in known]
    return tuple(dict.fromkeys([*preferred, *known.values()]))


def _certain(folder: str, read: Read) -> bool | None:
    """Whether the deployment installs the project itself; None where no file says how it is installed."""
    found = None
    for text in _deployment(folder, read):
        for command in _INSTALL.findall(text):
            if "pip" in command and not re.search(r"\s(?:-e\s+)?\.{1,2}(?:\[\S*\])?(?:\s|$)", command):
                continue
            if not _WITHOUT.search(command):
                if command.startswith("poetry"):
                    continue  # installs the dependencies first; most of its versions only warn of the rest
                return True
            found = False
    return found


def _stale(data: Mapping[str, object], lock: bytes, path: str) -> tuple[str, ...]:
    """Advice where pyproject.toml declares what uv.lock lacks, for `uv sync --frozen` installs the lock."""
    project = _table(data, "project")
    declared = {_name(each) for each in _list(project, "dependencies") if isinstance(each, str)}
    locked = tomllib.loads(lock.decode("utf-8-sig"))
    names = {_name(str(_table(each, "").get("name", ""))) for each in _list(locked, "package")}
    missing = sorted(declared - names)
    if not missing:
        return ()
    told = ", ".join(f"`{name}`" for name in missing[:5])
    return (f"`{path}` is older than `pyproject.toml`: it lacks {told}",)


def _merged(one: Inputs, other: Inputs) -> Inputs:
    return Inputs(
        directory=one.directory,
        files=one.files + other.files,
        lines=one.lines + other.lines,
        constraints=one.constraints + other.constraints,
        told=one.told or other.told,
        export=one.export if one.export is not None else other.export,
        relock=one.relock or other.relock,
        own=one.own + tuple(each for each in other.own if each not in one.own),
        own_certain=one.own_certain or other.own_certain,
        whole=one.whole or other.whole,
        pip=one.pip or other.pip,
        options=one.options + other.options,
        variables=one.variables + other.variables,
        index=one.index + other.index,
        advice=one.advice + other.advice,
        contents={**one.contents, **other.contents},
    )


def _name(requirement: str) -> str:
    return str(canonicalize_name(re.split(r"[\s\[<>=!~;@(]", requirement.strip(), maxsplit=1)[0]))


def _table(data: object, key: str) -> Mapping[str, object]:
    found = data.get(key) if key and isinstance(data, Mapping) else data
    return found if isinstance(found, Mapping) else {}


def _list(data: Mapping[str, object], key: str) -> list[object]:
    found = data.get(key)
    return found if isinstance(found, list) else []
