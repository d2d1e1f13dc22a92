"""The project's own build does not find the packages that it is to ship

## What happens
The project is installed itself (`pip install .`, `uv sync`), and its build backend refuses: setuptools sees several
packages side by side (`app/`, `alembic/`) and does not guess, hatchling finds none that bears the project's name.

## Why the server cannot start
The installation ends with the build. Nothing is installed.

## How to recognise it
The build of the project itself failed; its `pyproject.toml` says no packages; and the folders are such that the
backend's documented rules do not choose.

## How it is fixed
The packages that importing the application reaches are named in `pyproject.toml`.

## Fix safety
Safe: what the server imports is shipped. Other programs of the same tree are not looked at.

## References
setuptools documentation, "Package Discovery and Namespace Packages"; Hatch documentation, "Wheel builder", "Default
file selection".
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from typing import Any

from packaging.utils import canonicalize_name

from bootproof.edits.making import edit
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix, Location
from bootproof.model.symptom import Symptom
from bootproof.model.words import Safety
from bootproof.rules.dependencies._refusals import brief, refusal
from bootproof.rules.registry import finding

CODE = "BP113"


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """A finding for the `pyproject.toml` that leaves the choice to a backend which makes none."""
    refused = refusal(symptom)
    for file in facts.project.dependencies if refused is not None and refused[0] == "build" else ():
        folder = file.path.rpartition("/")[0]
        path = f"{folder}/pyproject.toml".lstrip("/")
        text = facts.text(path)
        told = _parsed(text or b"")
        name = str(canonicalize_name(str(_table(told, "project").get("name", ""))))
        heading = "" if refused is None else refused[2].partition("\n")[0]
        if not name or name not in {str(canonicalize_name(each)) for each in re.findall(r"[A-Za-z0-9._-]*[A-Za-z0-9]", heading)}:
            continue
        section = _unsaid(told)
        packages = _packages(facts, folder)
        if section is None or not packages:
            continue
        inits = [f"{folder}/{each}/__init__.py".lstrip("/") for each in packages]
        yield finding(
            __name__,
            "packages",
            file=path,
            line=_line(text or b""),
            cause=f"`{path}` does not say which packages are the project's, and its build backend finds "
            + ("none by the project's name" if "hatch" in section else "several side by side"),
            explanation=brief(refused[2]) if refused else "",
            related=tuple(Location(each) for each in inits if facts.text(each) is not None),
            data={"section": section, "packages": packages},
        )
        return


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """Names the packages at the end of the file."""
    text, packages = facts.text(finding.file), finding.data["packages"]
    if text is None or not isinstance(packages, tuple):
        return None
    hatch = "hatch" in str(finding.data["section"])
    listed = ", ".join(f'"{each}"' if hatch else f'"{each}", "{each}.*"' for each in packages)
    line = f"packages = [{listed}]" if hatch else f"include = [{listed}]"
    gap = "\n" if text.endswith(b"\n") else "\n\n"
    new = f"{gap}[{finding.data['section']}]\n{line}\n"
    names = ", ".join(f"`{each}`" for each in packages)
    return Fix(f"name {names} in `{finding.file}`", Safety.SAFE, (edit(finding.file, text, len(text), len(text), new),))


def _parsed(text: bytes) -> Mapping[str, Any]:
    try:
        return tomllib.loads(text.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return {}


def _table(data: Mapping[str, Any], *keys: str) -> Mapping[str, Any]:
    for key in keys:
        found = data.get(key)
        data = found if isinstance(found, Mapping) else {}
    return data


def _unsaid(told: Mapping[str, Any]) -> str | None:
    """The table in which the backend looks for the packages, where it is not there; None for another backend."""
    backend = str(_table(told, "build-system").get("build-backend", "setuptools.build_meta"))
    if backend.startswith("setuptools"):
        said = _table(told, "tool", "setuptools")
        return None if {"packages", "py-modules"} & said.keys() else "tool.setuptools.packages.find"
    if backend.startswith("hatchling"):
        said = _table(told, "tool", "hatch", "build", "targets", "wheel")
        keys = {"packages", "include", "only-include", "sources", "force-include", "bypass-selection"}
        whole = _table(told, "tool", "hatch", "build")
        return None if keys & (said.keys() | whole.keys()) else "tool.hatch.build.targets.wheel"
    return None


def _packages(facts: Facts, folder: str) -> tuple[str, ...]:
    """The top-level packages beside the file that importing the application reaches."""
    inside = f"{folder}/" if folder else ""
    reached = [file.removeprefix(inside) for file in facts.reachable() if file.startswith(inside)]
    return tuple(sorted({file.split("/")[0] for file in reached if "/" in file and not file.startswith("src/")}))


def _line(text: bytes) -> int:
    """The line of `[build-system]`, which names the backend, else of `[project]`."""
    for word in (rb"^\[build-system\]", rb"^\[project\]"):
        found = re.search(word, text, re.MULTILINE)
        if found:
            return text.count(b"\n", 0, found.start()) + 1
    return 1
