"""Top-level names of the project's own modules that another module has too: what a zygote must not have loaded."""

import sys
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from bootproof.model.project import StartCommand


def own_names(root: Path, folders: Iterable[str]) -> frozenset[str]:
    """The top-level names that the folders of the start hold: modules, and packages with an `__init__.py`."""
    found: set[str] = set()
    for folder in folders:
        place = root / folder
        for each in place.iterdir() if place.is_dir() else ():
            if each.suffix == ".py" and each.stem.isidentifier():
                found.add(each.stem)
            elif (each / "__init__.py").is_file():
                found.add(each.name)
    return frozenset(found)


def found_first(names: frozenset[str], start: StartCommand | None) -> frozenset[str]:
    """Those that hide a module of the standard library from the first moment on.

    `python -m` puts the working directory on the path before the server itself is imported; a console script's
    server has its own imports behind it when it looks into the project.
    """
    words = start.argv if start is not None else ()
    as_module = bool(words) and PurePosixPath(words[0]).name.startswith("python") and "-m" in words[1:4]
    # `test` holds the interpreter's own tests, which no server imports
    return (names & sys.stdlib_module_names) - {"test"} if as_module else frozenset()
