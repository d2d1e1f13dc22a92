"""Two installed distributions do not fit each other

## What happens
A library uses another one in a way that the installed version of that one no longer allows. Nothing that is
declared keeps the two apart: both are what was asked for.

## Why the server cannot start
The library raises as soon as it makes the call, at import, at startup, or in the first request that needs
it.

## How to recognise it
The exception was raised inside the library, not in the project: where it imports from the other one a name
that is gone, where it passes an argument that is not accepted, or in the very module that adapts the other
one. The library's own metadata names the other one.

## How it is fixed
The other one is kept below its installed release series; a library that is pinned to an exact version is
allowed a newer one instead, and another one that is held at a pre-release its final releases.

## Fix safety
Safe where an older series of the other one is asked for, and only a boot that works proves it. Unsafe where
a version is raised: a newer one may behave otherwise.

## References
Dependency specifiers (PyPA); the libraries' own change logs.
"""

import re
from collections.abc import Iterable

from packaging.utils import canonicalize_name
from packaging.version import Version

from bootproof.edits import dependencies
from bootproof.edits.errors import Refusal
from bootproof.edits.wording import with_specifier
from bootproof.model.environment import Distribution
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix, Location, Rival
from bootproof.model.project import Requirement
from bootproof.model.symptom import Failure, Symptom
from bootproof.model.words import Safety
from bootproof.rules.dependencies._declaring import addition, home, last_frame, requires, top
from bootproof.rules.registry import finding

CODE = "BP105"


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """A finding for the library that raised and the distribution that it does not fit."""
    for failure in reversed(symptom.failures):
        pair = _pair(failure, facts)
        if pair is None:
            continue
        library, other = pair
        one, two = facts.installed(library), facts.installed(other)
        own = facts.declared(library)
        at = own if own and _exact(own) else facts.declared(other) or own
        frame = next((each.own_frame for each in symptom.failures if each.own_frame), None)
        yield finding(
            __name__,
            f"{library}:{other}",
            file=home(facts),
            line=at.line if at and at.file == home(facts) else 1,
            cause=f"{_told(library, one)} does not fit {_told(other, two)}",
            explanation=f"`{library}` raised where it uses `{other}`, whose version it does not exclude.",
            related=(Location(frame.file, frame.line, note=f"leads into `{library}`"),) if frame else (),
            data={"library": library, "other": other},
        )
        return


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """Keeps the other distribution below its installed series, or lets a pinned library be newer."""
    library, other = str(finding.data["library"]), str(finding.data["other"])
    pinned, declared, installed = facts.declared(library), facts.declared(other), facts.installed(other)
    exact = _exact(pinned) if pinned else ""
    if pinned is not None and exact:
        return _pinned(
            facts,
            pinned,
            f">{exact}",
            Safety.UNSAFE,
            f"`{library}` may behave otherwise in a newer version",
        )
    final = _final(installed.version) if installed and declared else ""
    if declared is not None and final:
        loses = f"`{other}` may behave otherwise in its final release"
        return _pinned(facts, declared, final, Safety.UNSAFE, loses)
    below = _below(installed.version) if installed else None
    if below is None:
        return None
    rival = (Rival(f"a release of `{library}` that fits `{other}`, or another library in its place"),)
    if declared is not None:
        return _pinned(facts, declared, below, Safety.SAFE, "", rival)
    edit = addition(facts, f"{other}{below}")
    if edit is None:
        return None
    return Fix(f"declare `{other}{below}`", Safety.SAFE, (edit,), rivals=rival, requires=(f"{other}{below}",))


def _pinned(
    facts: Facts,
    declared: Requirement,
    specifier: str,
    safety: Safety,
    loses: str,
    rivals: tuple[Rival, ...] = (),
) -> Fix | None:
    file = next((each for each in facts.project.dependencies if each.path == declared.file), None)
    text = facts.text(declared.file)
    wanted = with_specifier(declared.text.strip(), specifier)
    made = dependencies.pin(file, text, declared, specifier) if file and text is not None else None
    if made is None or isinstance(made, Refusal) or wanted is None:
        return None
    return Fix(f"declare `{wanted}`", safety, (made,), loses=loses, rivals=rivals, requires=(wanted,))


def _exact(declared: Requirement) -> str:
    """The one version that a requirement accepts, "" where it accepts several."""
    found = re.fullmatch(r"\s*==\s*([\w.]+)\s*", declared.specifier)
    return found[1] if found else ""


def _told(name: str, installed: Distribution | None) -> str:
    return f"`{name}` {installed.version}" if installed else f"`{name}`"


def _final(version: str) -> str:
    """The specifier of the final releases of a pre-release's series, "" for a version that is no pre-release."""
    known = Version(version)
    return f"~={'.'.join(map(str, (known.major, known.minor, 0)))}" if known.is_prerelease else ""


def _below(version: str) -> str | None:
    """The specifier of every older series: below the major version, below the minor one before 1.0."""
    numbers = re.match(r"(\d+)(?:\.(\d+))?", version)
    if numbers is None:
        return None
    major, minor = int(numbers[1]), int(numbers[2] or 0)
    return f"<{major}" if major else f"<0.{minor}" if minor else None


def _pair(failure: Failure, facts: Facts) -> tuple[str, str] | None:
    """The library that raised and the distribution that it stumbled over."""
    frame = last_frame(failure)
    if frame is None or frame.own:
        return None
    library = next(iter(facts.providers(frame.module)), None)
    if library is None:
        return None
    named = {str(canonicalize_name(each.name)) for each, _ in requires(facts, library)}
    for module in _suspects(failure, frame.module, facts):
        for other in facts.providers(module):
            if other in named and other != library:
                return library, other
    return None


def _suspects(failure: Failure, module: str, facts: Facts) -> list[str]:
    """Top-level modules that the library may have stumbled over."""
    name = failure.facts.get("name")
    if failure.is_a("ImportError"):
        return [top(name)] if isinstance(name, str) and top(name) != top(module) else []
    if failure.is_a("TypeError"):  # the class whose call was refused is quoted; a module must have it
        quoted = re.match(r"(\w+)\.__init__\(\)", failure.message)
        tops = sorted({each for one in _installed(facts, module) for each in one})
        return [each for each in tops if quoted and facts.ask("has", module=each, name=quoted[1]) is True]
    if failure.is_a("ValueError", "AttributeError"):
        return [each for each in module.split(".")[1:] if facts.providers(each)]
    return []


def _installed(facts: Facts, module: str) -> list[tuple[str, ...]]:
    """The top-level modules of what the library requires."""
    found = []
    for library in facts.providers(module):
        for parsed, extra in requires(facts, library):
            installed = facts.installed(str(canonicalize_name(parsed.name)))
            if installed is not None and not extra:
                found.append(installed.modules)
    return found
