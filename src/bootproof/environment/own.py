"""The project itself as a distribution: its metadata is kept, its modules are not.

The code under trial must come from the tree, never from a copy made at install time; but
`importlib.metadata` must know the project's version and entry points. So the copy is installed editable,
what that would put on `sys.path` is read from it, and all but the `*.dist-info` is taken away again.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from bootproof.environment.distributions import files_of, records


@dataclass(frozen=True)
class Local:
    """A distribution that was installed from a folder of the copy, which is relative to the copy's root."""

    record: Path
    folder: str
    editable: bool


def locals_of(site: Iterable[Path], tree: Path) -> tuple[Local, ...]:
    """The distributions whose `direct_url.json` (PEP 610) names a folder of the copy."""
    found = []
    for each in site:
        for record in records(each):
            try:
                told = json.loads((record / "direct_url.json").read_bytes())
            except (OSError, ValueError):
                continue
            path = Path(unquote(urlsplit(str(told.get("url", ""))).path))
            if isinstance(told.get("dir_info"), dict) and path.is_relative_to(tree):
                folder = path.relative_to(tree).as_posix()
                found.append(Local(record, folder, told["dir_info"].get("editable") is True))
    return tuple(found)


def keep_metadata(local: Local, tree: Path) -> tuple[str, ...]:
    """Take an editable install's files away but for its metadata and scripts.

    Gives back the folders, relative to the copy's root, that it puts on `sys.path`.
    """
    site = local.record.parent
    inside = re.compile(re.escape(str(tree)) + r"(?:/[^'\"\n]*)?")
    paths: dict[str, None] = {}
    kept = []
    for name in files_of(local.record):
        file = site / name
        if name.startswith((f"{local.record.name}/", "../")):
            kept.append(name)
            continue
        if "/" not in name and name.endswith((".pth", ".py")) and file.is_file():
            for quoted in inside.findall(file.read_text(encoding="utf-8", errors="replace")):
                paths.setdefault(
                    _on_path(Path(quoted.rstrip()), is_module=name.endswith(".py"))
                    .relative_to(tree)
                    .as_posix()
                )
        file.unlink(missing_ok=True)
    (local.record / "direct_url.json").unlink(missing_ok=True)
    kept = [name for name in kept if not name.endswith("/direct_url.json")]
    (local.record / "RECORD").write_text("".join(f"{name},,\n" for name in kept), encoding="utf-8")
    return tuple(paths)


def _on_path(place: Path, *, is_module: bool) -> Path:
    """A `.pth` names a folder of `sys.path`; a finder names the package, whose parent is that folder."""
    if place.name == "__init__.py":
        return place.parent.parent
    if place.suffix == ".py" or is_module:
        return place.parent
    return place
