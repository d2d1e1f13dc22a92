"""Where a virtual environment in the tree differs from what is declared. Nothing in it is ever run."""

from pathlib import Path

from bootproof.environment.distributions import versions_by_folder
from bootproof.model.environment import Environment

_TOOLS = frozenset({"pip", "setuptools", "wheel", "uv"})
_MOST = 5


def differences(root: Path, environment: Environment) -> tuple[str, ...]:
    """One sentence for each way in which the tree's `.venv` (or `venv`, `env`) differs."""
    for name in (".venv", "venv", "env"):
        if (root / name / "pyvenv.cfg").is_file():
            found = {}
            for site in [
                *(root / name).glob("lib/python*/site-packages"),
                root / name / "Lib" / "site-packages",
            ]:
                found.update(versions_by_folder(site))
            return _told(name, found, {each.name: each.version for each in environment.distributions})
    return ()


def _told(name: str, found: dict[str, str], declared: dict[str, str]) -> tuple[str, ...]:
    known = (found.keys() | declared.keys()) - _TOOLS
    lacking = sorted(each for each in known if each not in found)
    undeclared = sorted(each for each in known if each not in declared)
    other = sorted(
        each for each in known if each in found and each in declared and found[each] != declared[each]
    )
    said = []
    if lacking:
        said.append(f"`{name}` lacks what is declared: {_listed(lacking)}")
    if undeclared:
        said.append(f"`{name}` has what nothing declares: {_listed(undeclared)}")
    if other:
        pairs = [f"{each} {found[each]} (declared: {declared[each]})" for each in other]
        said.append(f"`{name}` has other versions: {_listed(pairs)}")
    return tuple(said)


def _listed(names: list[str]) -> str:
    rest = len(names) - _MOST
    return ", ".join(names[:_MOST]) + (f" and {rest} more" if rest > 0 else "")
