"""Whether an unpacked distribution holds a module, and names in it; read from files, nothing is imported."""

import ast
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from bootproof.environment.distributions import files_of, records


def provides(folder: Path, module: str, names: Sequence[str] = (), *, plainly: bool = False) -> bool:
    """Whether the distributions in `folder` list the module in their RECORD, and it binds all the `names`.

    `plainly`: its source has to say so; words somewhere in the distribution do not count, for a library may speak
    of what it has no more.
    """
    listed = [name for record in records(folder) for name in files_of(record)]
    base = module.replace(".", "/")
    own = [
        name
        for name in listed
        if name in (f"{base}.py", f"{base}/__init__.py")
        or re.fullmatch(rf"{re.escape(base)}(/__init__)?\.[\w-]*\.?(so|pyd)", name)
    ]
    if f"{base}-precedence.pth" in listed:  # setuptools puts its own in the place of a module that Python has dropped
        return True
    inside = [
        name for name in listed if name.startswith(f"{base}/") and name.endswith((".py", ".so", ".pyd"))
    ]
    if not own and not inside:
        return False
    missing = [name for name in names if name != "*" and not _is_submodule(base, name, listed)]
    if not own:  # a namespace package has nothing but submodules
        return not missing
    if not missing:
        return True
    source = folder / own[0]
    if source.suffix == ".py":
        raw = source.read_bytes()
        bound, open_ended = _bound(raw)
        missing = [name for name in missing if name not in bound]
        if not missing or not open_ended:
            return not missing
        if plainly:
            return not set(missing) - _through_stars(folder, base, raw, listed) - _quoted(raw)
    # `from x import *`, `__getattr__` and compiled modules do not say what they bind: look for the words
    texts = [folder / name for name in dict.fromkeys([own[0], *inside])]
    return not _unseen(missing, texts)


def _is_submodule(base: str, name: str, listed: Iterable[str]) -> bool:
    starts = (f"{base}/{name}.", f"{base}/{name}/")
    return any(each.startswith(starts) for each in listed)


def _bound(raw: bytes) -> tuple[frozenset[str], bool]:
    """The names that a module binds, and whether it may bind more than can be read from it."""
    try:
        tree = ast.parse(raw)
    except (SyntaxError, ValueError):
        return frozenset(), True  # syntax newer than ours
    found = set()
    open_ended = False
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
            open_ended |= node.name == "__getattr__"
        elif isinstance(node, ast.Import | ast.ImportFrom):
            for alias in node.names:
                open_ended |= alias.name == "*"
                found.add(alias.asname or alias.name.split(".")[0])
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
    return frozenset(found), open_ended


def _nodes(raw: bytes) -> tuple[ast.AST, ...]:
    try:
        return tuple(ast.walk(ast.parse(raw)))
    except (SyntaxError, ValueError):  # syntax newer than ours
        return ()


def _through_stars(folder: Path, base: str, raw: bytes, listed: Sequence[str]) -> frozenset[str]:
    """The names that a module takes from modules of its own distribution by `import *`."""
    package = base if f"{base}/__init__.py" in listed else base.rpartition("/")[0]
    found: set[str] = set()
    for node in _nodes(raw):
        if not isinstance(node, ast.ImportFrom) or node.names[0].name != "*":
            continue
        above = package.split("/")[: len(package.split("/")) - (node.level - 1)] if node.level else []
        inner = "/".join([*above, *(node.module or "").split(".")]).rstrip("/")
        file = next((each for each in (f"{inner}.py", f"{inner}/__init__.py") if each in listed), None)
        if file is not None:
            found |= _bound((folder / file).read_bytes())[0]
    return frozenset(found)


def _quoted(raw: bytes) -> frozenset[str]:
    """The text literals of a module: names that it binds late stand in a table of them."""
    return frozenset(
        node.value for node in _nodes(raw) if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


def _unseen(names: Sequence[str], files: Iterable[Path]) -> list[str]:
    left = list(names)
    for file in files:
        if not left:
            break
        try:
            raw = file.read_bytes()
        except OSError:
            continue
        left = [
            name for name in left if not re.search(rb"(?<!\w)" + re.escape(name.encode()) + rb"(?!\w)", raw)
        ]
    return left
