"""From which folder the project's own imports work: the working directory and what goes on `sys.path`."""

import posixpath
import re
from collections.abc import Sequence

from bootproof.project.sources import Sources

_MARKERS = frozenset(
    {
        "pyproject.toml", "setup.py", "setup.cfg", "Pipfile", ".env", "Dockerfile",
        "Containerfile", "alembic.ini",
        "manage.py", "Procfile", "poetry.lock", "uv.lock",
    }
)  # fmt: skip


def ancestors(file: str) -> list[str]:
    """The folders above a file, the nearest first, "." last."""
    found = []
    folder = file.rpartition("/")[0]
    while folder:
        found.append(folder)
        folder = folder.rpartition("/")[0]
    return [*found, "."]


def join(*parts: str) -> str:
    """A path inside the project, "." for its root."""
    return posixpath.normpath(posixpath.join(*parts))


def guess(sources: Sources, file: str) -> tuple[str, tuple[str, ...]]:
    """The working directory and path for an application file that no start command names.

    The folder from which most own files are reached through imports wins; among equals the nearest that looks
    like a project (it declares dependencies or holds settings), then the nearest that is no package.
    """
    folders = ancestors(file)
    reached = {folder: len(sources.closure([file], (folder,))) for folder in folders}
    best = max(reached.values())
    equal = [folder for folder in folders if reached[folder] == best]
    outside = [folder for folder in equal if not sources.exists(join(folder, "__init__.py"))] or equal
    source_root = [folder for folder in outside if _is_source_root(sources, folder, file)]
    marked = [folder for folder in outside if _marked(sources, folder)]
    chosen = (source_root or marked or outside)[0]
    for above in folders[folders.index(chosen) :]:
        if above != chosen and _marked(sources, above):
            settled = _installs(sources, above) and posixpath.basename(chosen) in ("src", "lib")
            env_above = sources.exists(join(above, ".env")) and not sources.exists(join(chosen, ".env"))
            if not _marked(sources, chosen) and (settled or env_above):
                return above, (chosen,)
            break
    return chosen, (chosen,)


def installed_folders(sources: Sources, directory: str) -> tuple[str, ...]:
    """The `src` folder that installing the project puts on the path, where it is laid out so."""
    folder = join(directory, "src")
    packages = any(
        re.fullmatch(re.escape(folder) + r"/[^/]+/__init__\.py", file) for file in sources.python_files()
    )
    own = sources.exists(join(folder, "__init__.py"))
    return (folder,) if packages and not own and _installs(sources, directory) else ()


def package_root(sources: Sources, file: str) -> str:
    """The folder above the topmost package that a file lies in, as `fastapi run FILE` puts it on the path."""
    folders = ancestors(file)
    return next((each for each in folders if not sources.exists(join(each, "__init__.py"))), folders[-1])


def located(
    sources: Sources, module: str, near: str, preferred: Sequence[str] = ()
) -> tuple[str, str] | None:
    """The own file that a start command means by a module, and the folder from which it has this name.

    `preferred` folders come first, then the one nearest to the file `near` that says so.
    """
    tail = "/" + module.replace(".", "/")
    found: list[tuple[str, str]] = []
    for file in sources.python_files():
        for ending in (f"{tail}.py", f"{tail}/__init__.py"):
            if ("/" + file).endswith(ending):
                found.append((file, file[: -len(ending)] or "."))
    for folder in preferred:
        hit = next((each for each in found if each[1] == folder), None)
        if hit:
            return hit
    parents = ancestors(near) if near else ["."]

    def distance(each: tuple[str, str]) -> tuple[int, int, str]:
        shared = next(
            (
                index
                for index, above in enumerate(parents)
                if above == "." or (each[0] + "/").startswith(above + "/")
            ),
            99,
        )
        return shared, each[0].count("/"), each[0]

    return min(found, key=distance, default=None)


def _marked(sources: Sources, folder: str) -> bool:
    names = {name for name in _MARKERS if sources.exists(join(folder, name))}
    return bool(names) or sources.exists(join(folder, "requirements.txt"))


def _installs(sources: Sources, folder: str) -> bool:
    data = sources.text(join(folder, "pyproject.toml")) or b""
    return b"[build-system]" in data or sources.exists(join(folder, "setup.py"))


def _is_source_root(sources: Sources, folder: str, file: str) -> bool:
    """Whether it is a `src` folder of packages, as opposed to a package that is called `src`."""
    if posixpath.basename(folder) not in ("src", "lib"):
        return False
    inside = file[len(folder) + 1 :].partition("/")
    return (
        bool(inside[1])
        and sources.exists(f"{folder}/{inside[0]}/__init__.py")
        and any(_installs(sources, above) for above in ancestors(folder))
    )
