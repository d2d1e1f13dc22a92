"""A requirement names nothing that an installer could get

## What happens
A line of the dependency file names a module of the standard library, a file on somebody else's machine (`pip
freeze` in a conda environment writes such lines), or a distribution that the package index does not have.

## Why the server cannot start
The installer looks for a distribution of that name, finds none and installs nothing at all.

## How to recognise it
The installation failed because something was not found. The requirement is a `file:` URL to an absolute path;
or the installer names it, and no distribution of that name exists.

## How it is fixed
A module of the standard library is dropped: it is there anyway. A path is replaced by the name, with the version
that the path tells. A name that the code imports is replaced by the distribution that was verified to provide
that module. Any other name is for a person: the distribution may be private, or never have existed.

## Fix safety
Safe where nothing is lost: a line of the standard library, a path that tells its version, the one distribution
that provides the module. Unsafe where the version is not known or several distributions would do. A name that
nothing confirms is never installed: somebody else may own it.

## References
Dependency specifiers, "Direct references" (PyPA specifications); PEP 440; Python documentation, "The Python
Standard Library".
"""

import re
import sys
from collections.abc import Iterable

from bootproof.edits import dependencies
from bootproof.edits.errors import Refusal
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix, Rival
from bootproof.model.project import Requirement
from bootproof.model.symptom import Symptom
from bootproof.model.words import Safety
from bootproof.rules.dependencies._declaring import replacement, top
from bootproof.rules.dependencies._refusals import refusal, requirements
from bootproof.rules.registry import finding

CODE = "BP111"
_PATH = re.compile(r"@\s*(file:/{2,3}(?:[A-Za-z]:)?/\S+)")
_ABSENT = re.compile(r"was not found in|not found in the package registry")


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """A finding for each such line."""
    refused = refusal(symptom)
    if refused is None or refused[0] != "not-found":
        return
    _, names, words = refused
    paths = [each for each in requirements(facts) if _PATH.search(each.text)]
    for each in paths or [one for one in requirements(facts) if one.name in names and _ABSENT.search(words)]:
        found = _PATH.search(each.text)
        module = each.name.replace("-", "_")
        standard = found is None and module in sys.stdlib_module_names
        told = "is a file on another machine" if found else "is a module of the standard library" if standard else ""
        yield finding(
            __name__,
            each.name,
            file=each.file,
            line=each.line,
            cause=f"`{each.name}` {told}, no distribution that could be installed"
            if told
            else f"the package index has no distribution `{each.name}`",
            explanation=words,
            data={"requirement": each, "path": found[1] if found else "", "standard": standard, "module": module},
        )


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """Drops the line, or names what can be installed in its place."""
    old, path = finding.data["requirement"], str(finding.data["path"])
    assert isinstance(old, Requirement)
    if finding.data["standard"]:
        file = next((each for each in facts.project.dependencies if each.path == old.file), None)
        text = facts.text(old.file)
        made = dependencies.drop(file, text, old) if file is not None and text is not None else None
        return Fix(f"drop `{old.name}`", Safety.SAFE, (made,)) if made and not isinstance(made, Refusal) else None
    if path:
        extras = f"[{','.join(sorted(old.extras))}]" if old.extras else ""
        version = _version(path, old.name)
        return _instead(
            facts, old, f"{old.name}{extras}{version}", "" if version else f"which version of `{old.name}` it was is not known"
        )
    module = next((each for each in facts.project.imports if top(each).lower() == str(finding.data["module"])), "")
    offered = [each for each in facts.offers(top(module)) if each != old.name] if module else []
    if not offered:
        return Fix(f"correct `{old.name}`, or name the index that has it", Safety.PLACEHOLDER)
    several = f"several distributions provide `{top(module)}`: which one is meant was not decided"
    return _instead(facts, old, offered[0], several if offered[1:] else "", offered[1:])


def _instead(facts: Facts, old: Requirement, new: str, loses: str, others: Iterable[str] = ()) -> Fix | None:
    edit = replacement(facts, old, new)
    if edit is None:
        return None
    rivals = tuple(Rival(f"declare `{each}`", "it provides the module too") for each in others)
    return Fix(
        f"declare `{new}` in place of `{old.text.strip()}`",
        Safety.UNSAFE if loses else Safety.SAFE,
        (edit,),
        loses=loses,
        rivals=rivals,
    )


def _version(path: str, name: str) -> str:
    """The version that the file name of a wheel or source distribution tells, as a specifier; "" for none."""
    spelt = re.sub(r"[-_.]+", "[-_.]+", re.escape(name).replace(r"\-", "-"))
    found = re.search(rf"/{spelt}-(\d[\w.!+]*?)(?:-[\w.]+-[\w.]+-[\w.]+\.whl|\.tar\.gz|\.zip|\.whl)$", path, re.IGNORECASE)
    return f"=={found[1]}" if found else ""
