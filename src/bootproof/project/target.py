"""Which application the server is pointed at, from where, and why."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from bootproof.model.project import Evidence, Target
from bootproof.project.applications import Application, Applications
from bootproof.project.errors import TargetNotFound
from bootproof.project.layout import guess, installed_folders, join, located, package_root
from bootproof.project.servers import Server, from_environment
from bootproof.project.sources import Sources
from bootproof.project.starts import DEPLOYS, Start, server_file

_ASIDE = re.compile(
    r"(?:^|/)(?:tests?|testing|examples?|samples?|docs?|docs_src|benchmarks?|fixtures|playground|tutorials?|demos?"
    r"|templates|e2e|conftest\.py|test_[^/]*|[^/]*_test\.py)(?:/|$)"
)
_USUAL_FILE = re.compile(r"(?:^|/)(?:main|app|asgi|wsgi|server|application)\.py$")
_SPEC = re.compile(r"([\w./\\-]+?)(?:\.py)?:([\w.]+)(\(\))?$")
_FASTAPI_FILES = ("main.py", "app.py", "api.py", "app/main.py", "app/app.py", "app/api.py")


@dataclass(frozen=True)
class Choice:
    """The target (None where two are equal), all candidates, the start that names it,
    and what is not told.
    """

    target: Target | None
    candidates: tuple[Target, ...] = ()
    start: Start | None = None
    notes: tuple[str, ...] = ()
    command: Start | None = None  # the start whose command is the target's own


@dataclass(frozen=True)
class _Ranked:
    target: Target
    start: Start | None
    key: tuple[int, ...]


_REASONS = (
    "stands outside tests and examples",
    "is named by a start command",
    "is not mounted inside another application",
    "is an application, not a factory",
    "imports most routers",
    "has the usual file and name",
    "stands nearest to the root",
)


def choose(sources: Sources, found: Applications, starts: list[Start], app: str | None) -> Choice:
    """The target. `app` is the user's own word for it; raises `TargetNotFound` where that names no file."""
    applications = found.find()
    notes: list[str] = []
    unresolved: list[Start] = []
    named: dict[tuple[str, str], tuple[Target, Start]] = {}
    for said in starts:
        start = _through_script(sources, starts, said)
        target = _from_start(sources, found, applications, start)
        if target is None:
            if start.server.module and start.weight >= 50 and start.server.program != "python":
                where = f"{start.evidence.file}:{start.evidence.line}"
                notes.append(f"`{where}` starts `{start.server.module}`, but the project has no such module")
            unresolved.append(start)
            continue
        key = (target.file, target.attribute)
        if key in named:
            first, weightiest = named[key]
            more = tuple(each for each in target.evidence if each not in first.evidence)
            target = replace(
                first,
                host=first.host or target.host,
                port=first.port or target.port,
                evidence=first.evidence + more,
            )
            start = weightiest
        named[key] = (target, start)
    if app is not None:
        return _by_word(sources, found, app, named, tuple(notes))
    lost = _lost(unresolved, named.values())
    built = {each.file for each in applications if not each.call}
    plain = [each for each in applications if (each.file, each.name) not in named]
    # Where a start command tells the layout, the other candidates need no search for it.
    folders = [(target.directory, target.path) for target, _ in named.values()]
    ranked = [_rank(sources, target, start, False) for target, start in named.values()]
    for each in plain:
        if each.call and (each.file in built or _is_used(sources, each, applications)):
            continue
        ranked.append(_rank(sources, _unnamed(sources, each, folders), None, each.mounted))
    ranked = _with_routers(sources, ranked)
    ranked.sort(key=lambda one: (one.key, one.target.file), reverse=True)
    candidates = tuple(one.target for one in ranked)
    if not ranked:
        notes.append("no application object was found; name one with `--app package.module:attribute`")
        return Choice(None, (), None, tuple(notes))
    best = ranked[0]
    if len(ranked) > 1:
        differ = next(
            (i for i, (a, b) in enumerate(zip(best.key, ranked[1].key, strict=True)) if a != b), None
        )
        if differ is None:
            equal = ", ".join(f"`{one.target.spec}`" for one in ranked if one.key == best.key)
            notes.append(f"{equal} are equal candidates; name one with `--app`")
            return Choice(None, candidates, None, tuple(notes))
        reason = Evidence(f"chosen among {len(ranked)} candidates: {_REASONS[differ]}", best.target.file)
        best = replace(best, target=replace(best.target, evidence=(*best.target.evidence, reason)))
    command = lost if lost and _above(lost, best.target) else best.start
    return Choice(best.target, candidates, best.start, tuple(notes), command)


def _lost(unresolved: Sequence[Start], named: Iterable[tuple[Target, Start]]) -> Start | None:
    """The one deployment's start that the project has, where it names no application."""
    lost = [each for each in unresolved if each.weight >= DEPLOYS and (each.server.module or each.server.program == "fastapi")]
    found = any(start.weight >= DEPLOYS for _, start in named)
    return lost[0] if lost and not found and len({each.evidence.file for each in lost}) == 1 else None


def _above(start: Start, target: Target) -> bool:
    folder = (start.evidence.file or "").rpartition("/")[0]
    return not folder or target.file.startswith(folder + "/")


def aside(file: str) -> bool:
    """Whether a file belongs to tests, examples or documentation."""
    return _ASIDE.search(file) is not None


def _by_word(
    sources: Sources,
    found: Applications,
    app: str,
    named: dict[tuple[str, str], tuple[Target, Start]],
    notes: tuple[str, ...],
) -> Choice:
    match = _SPEC.match(app)
    if match is None:
        raise TargetNotFound(app, "is not `module:attribute`")
    word = match[1].replace("\\", "/").removeprefix("./")
    file = f"{word}.py" if "/" in word else ""
    place = None if file else located(sources, word, "", (".",))
    for target, start in named.values():
        # an example may start a module of its own by the name that one of the project's has
        others = place is not None and aside(target.file) and not aside(place[0])
        same = target.file == file or (target.module == word and not others)
        if same and target.attribute == match[2]:
            evidence = (Evidence(f"named by `--app {app}`"), *target.evidence)
            meant = not start.server.module or (start.server.module, start.server.attribute) == (word, match[2])
            command = start if meant or (start.argv and start.argv[0].startswith("python")) else None
            return Choice(replace(target, evidence=evidence), (target,), start, notes, command)
    if file:
        if not sources.exists(file):
            raise TargetNotFound(app, f"there is no file `{file}` below `{sources.root}`")
        directory, path = guess(sources, file)
    else:
        if place is None:
            raise TargetNotFound(app, f"there is no module `{word}` below `{sources.root}`")
        file, directory = place
        path = (directory, *installed_folders(sources, directory))
    kind = found.interface(file, match[2])
    target = Target(
        sources.module_of(file, path), match[2], file, directory, path,
        call=match[3] is not None or bool(kind and kind[1]),
        interface=kind[0] if kind else "asgi",
        evidence=(Evidence(f"named by `--app {app}`"),),
    )  # fmt: skip
    near = next((one for other, one in named.values() if other.directory == directory), None)
    return Choice(target, (target,), near, notes)


def _through_script(sources: Sources, starts: list[Start], start: Start) -> Start:
    """The start that `python run.py` comes to, where that script calls `uvicorn.run`."""
    if start.server.program != "python":
        return start
    script = server_file(sources, start.server, start.directory)
    inner = next(
        (each for each in starts if script and each.evidence.file == script and each.weight == 60), None
    )
    if inner is None or inner is start:
        return start
    port = inner.server.port or start.port
    folder = (script or "").rpartition("/")[0] or "."
    named = start.server.file and folder not in start.path
    return replace(start, server=inner.server, port=port, path=(folder, *start.path) if named else start.path)


def _from_start(
    sources: Sources, found: Applications, applications: list[Application], start: Start
) -> Target | None:
    server = start.server
    near = start.evidence.file or ""
    base = start.directory
    attribute = server.attribute
    if server.program == "uvicorn.run" and not server.module:
        # The object is imported from where the file that starts the server finds it.
        file = server.file
        directory, path = guess(sources, near if near and near != file else file)
    elif server.program in ("fastapi", "python", "manage.py") and (server.file or not server.module):
        file = _file(sources, applications, server, base, near) or ""
        if not file:
            return None
        # FastAPI's command line puts the folder above the topmost package on the path, Python the script's.
        script = server.program != "fastapi"
        folder = (file.rpartition("/")[0] or ".") if script else package_root(sources, file)
        directory, path = base or guess(sources, file)[0], (folder,)
    elif server.program == "python":
        hit = server_file(sources, server, base) or (located(sources, server.module, near) or ("",))[0]
        if not hit:
            return None
        file, directory = hit, base or guess(sources, hit)[0]
        path = (directory,)
    else:
        preferred = [join(base, server.app_dir)] if base is not None else []
        hit_place = located(sources, server.module, near, [*preferred, *start.path])
        if hit_place is None:
            return None
        file, folder = hit_place
        path = (folder,)
        directory = folder
        if base is not None and folder in (
            *start.path,
            *(installed_folders(sources, base)),
            join(base, server.app_dir),
        ):
            directory = base
            path = (join(base, server.app_dir),) if not server.app_dir else (folder,)
        else:
            # It does not stand where the command runs: from the folder of its name more may be out of reach.
            further, wider = guess(sources, file)
            if len(sources.closure([file], wider)) > len(sources.closure([file], path)):
                directory, path = further, wider
    known = [each for each in applications if each.file == file]
    if server.program in ("python", "manage.py") and not attribute:
        # A script that starts a server says itself which application: `uvicorn.run` is evidence of its own.
        own = [each for each in known if not each.mounted]
        if not own:
            return None
        attribute = own[-1].name
    first = attribute.partition(".")[0]
    bound = {*found.names.bound(file), *found.names.imported(file), *(each.name for each in known)}
    if first not in bound and found.names.of(file, first) is None:
        attribute = next((each.name for each in known if not each.call), attribute or "app")
    path = tuple(dict.fromkeys((*path, *start.path, *installed_folders(sources, directory))))
    kind = found.interface(file, attribute)
    return Target(
        sources.module_of(file, path), attribute, file, directory, path,
        call=server.call or bool(kind and kind[1]),
        interface=kind[0] if kind else ("wsgi" if server.program in ("waitress-serve", "flask") else "asgi"),
        host=server.host,
        port=server.port or start.port or from_environment(start.environment),
        evidence=(start.evidence,),
    )  # fmt: skip


def _file(
    sources: Sources, applications: list[Application], server: Server, base: str | None, near: str
) -> str | None:
    if server.file and server.program != "manage.py":
        return server_file(sources, server, base)
    if server.program == "manage.py":
        return next((each.file for each in applications if each.file.endswith(("asgi.py", "wsgi.py"))), None)
    folder = base if base is not None else near.rpartition("/")[0] or "."
    return next((join(folder, name) for name in _FASTAPI_FILES if sources.exists(join(folder, name))), None)


def _unnamed(
    sources: Sources, each: Application, folders: Sequence[tuple[str, tuple[str, ...]]] = ()
) -> Target:
    known = next((one for one in folders if one[0] == "." or each.file.startswith(one[0] + "/")), None)
    directory, path = known or guess(sources, each.file)
    path = tuple(dict.fromkeys((*path, *installed_folders(sources, directory))))
    what = "a factory" if each.call else "an application object"
    return Target(
        sources.module_of(each.file, path), each.name, each.file, directory, path,
        call=each.call, interface=each.interface,
        evidence=(Evidence(f"`{each.name}` is {what}", each.file, each.line),),
    )  # fmt: skip


def _is_used(sources: Sources, factory: Application, applications: list[Application]) -> bool:
    """Whether an application object elsewhere is built by this factory."""
    call = re.compile(rb"\b" + re.escape(factory.name.encode()) + rb"\s*\(")
    files = {each.file for each in applications if not each.call and each.file != factory.file}
    return any(
        call.search(sources.text(file) or b"")
        and factory.file in sources.closure([file], (*guess(sources, file)[1], "."))
        for file in files
        if not aside(file)
    )


def _rank(sources: Sources, target: Target, start: Start | None, mounted: bool) -> _Ranked:
    usual = bool(_USUAL_FILE.search(target.file)) + (target.attribute in ("app", "application"))
    key = (
        not aside(target.file), start.weight if start else 0, not mounted, not target.call or bool(start),
        0, usual,
        -target.file.count("/"),
    )  # fmt: skip
    return _Ranked(target, start, tuple(int(each) for each in key))


def _with_routers(sources: Sources, ranked: list[_Ranked]) -> list[_Ranked]:
    """The ranks with the number of router files that each target imports,
    counted only where it can decide.
    """
    best = max((one.key[:4] for one in ranked), default=())
    if sum(one.key[:4] == best for one in ranked) < 2:
        return ranked
    found = []
    for one in ranked:
        files = sources.reachable(one.target)
        count = sum(
            1
            for file in files
            if re.search(rb"\bAPIRouter\(|\bBlueprint\(|Router\(", sources.text(file) or b"")
        )
        found.append(replace(one, key=(*one.key[:4], count, *one.key[5:])))
    return found
