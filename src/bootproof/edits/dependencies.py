"""Edits of whatever file declares the dependencies, by its format.

Every function gives an Edit, or a Refusal that says why there is none; an edit that changes nothing where the
file says so already. Locks are never edited: they are written by their tools.
"""

from bootproof.edits import pyproject, requirements
from bootproof.edits.arrays import declare_in, drop_from, find, replace_in
from bootproof.edits.errors import Refusal
from bootproof.edits.setup_files import (
    declare_in_setup_cfg,
    drop_from_setup_cfg,
    replace_in_setup_cfg,
    setup_py_arrays,
)
from bootproof.edits.wording import name_of, with_extra, with_marker_of, with_specifier
from bootproof.model.edit import Edit
from bootproof.model.project import DependencyFile, Requirement

_TOML = ("pyproject", "poetry", "pdm", "pipfile")


def declare(
    file: DependencyFile, text: bytes, requirement: str, *, near: int | None = None, group: str = ""
) -> Edit | Refusal:
    """Declares one requirement more, behind line `near` where that is given, in a group ("": always
    installed).
    """
    if name_of(requirement) is None:
        return Refusal(f"`{requirement}` is not a requirement")
    if file.format == "requirements":
        return requirements.add_requirement(file, text, requirement, near=near)
    if file.format in _TOML:
        return pyproject.add_requirement(file, text, requirement, group=group, near=near)
    if file.format == "setup-cfg":
        return declare_in_setup_cfg(file, text, requirement, group, near)
    if file.format == "setup-py":
        array = next((each for each in setup_py_arrays(text) if each.group == group), None)
        if array is None:
            return Refusal(f"`{file.path}` does not pass a plain list of requirements to `setup()`")
        return declare_in(file.path, text, array, requirement, near)
    return _unknown(file)


def swap(file: DependencyFile, text: bytes, old: Requirement, new: str) -> Edit | Refusal:
    """Declares `new` in the place of `old`; its comment stays, and its marker unless `new` has one."""
    if name_of(new) is None:
        return Refusal(f"`{new}` is not a requirement")
    if file.format == "requirements":
        return requirements.replace_requirement(file, text, old, new)
    if file.format in _TOML:
        return pyproject.replace_requirement(file, text, old, new)
    if file.format == "setup-cfg":
        return replace_in_setup_cfg(file, text, old, lambda item: with_marker_of(item, new))
    found = find(text, setup_py_arrays(text), old) if file.format == "setup-py" else None
    if found is None:
        return _unknown(file)
    return replace_in(file.path, text, *found, lambda item: with_marker_of(item, new))


def drop(file: DependencyFile, text: bytes, old: Requirement) -> Edit | Refusal:
    """Declares `old` no more."""
    if file.format == "requirements":
        return requirements.remove_requirement(file, text, old)
    if file.format in _TOML:
        return pyproject.remove_requirement(file, text, old)
    if file.format == "setup-cfg":
        return drop_from_setup_cfg(file, text, old)
    found = find(text, setup_py_arrays(text), old) if file.format == "setup-py" else None
    return _unknown(file) if found is None else drop_from(file.path, text, *found)


def extra(file: DependencyFile, text: bytes, requirement: Requirement, name: str) -> Edit | Refusal:
    """Asks for an extra of a requirement: `sqlalchemy>=2.0` → `sqlalchemy[asyncio]>=2.0`."""
    if file.format == "requirements":
        return requirements.add_extra(file, text, requirement, name)
    if file.format in _TOML:
        return pyproject.add_extra(file, text, requirement, name)
    if file.format == "setup-cfg":
        return replace_in_setup_cfg(file, text, requirement, lambda item: with_extra(item, name))
    found = find(text, setup_py_arrays(text), requirement) if file.format == "setup-py" else None
    if found is None:
        return _unknown(file)
    return replace_in(file.path, text, *found, lambda item: with_extra(item, name))


def pin(file: DependencyFile, text: bytes, requirement: Requirement, specifier: str) -> Edit | Refusal:
    """Gives a requirement another version specifier, as `==2.0.46` or `<2`."""
    if file.format == "requirements":
        return requirements.pin(file, text, requirement, specifier)
    if file.format in _TOML:
        return pyproject.pin(file, text, requirement, specifier)
    if file.format == "setup-cfg":
        return replace_in_setup_cfg(file, text, requirement, lambda item: with_specifier(item, specifier))
    found = find(text, setup_py_arrays(text), requirement) if file.format == "setup-py" else None
    if found is None:
        return _unknown(file)
    return replace_in(file.path, text, *found, lambda item: with_specifier(item, specifier))


def _unknown(file: DependencyFile) -> Refusal:
    if file.format == "setup-py":
        return Refusal(f"`{file.path}` does not declare it in a plain list")
    if file.format.endswith("-lock"):
        return Refusal(f"`{file.path}` is written by its tool: declare it where the lock is made from")
    return Refusal(f"`{file.path}`: the format `{file.format}` cannot be edited")
