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
one; or importing the library, and nothing else, raised inside the other one. The library's own metadata
names the other one.

## How it is fixed
A library that the project holds back is allowed to be newer, another one that is held at a pre-release its
final releases; else, or where that does not help, the other one is kept below its installed release series.
Each is tried by a boot.

## Fix safety
Safe where an older series of the other one is asked for, and only a boot that works proves it. Unsafe where
a version is raised: a newer one may behave otherwise.

## References
Dependency specifiers (PyPA); the libraries' own change logs.
"""

import re
from collections.abc import Iterable

from packaging.utils import canonicalize_name

from bootproof.model.environment import Distribution
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix, Location, Rival
from bootproof.model.symptom import Failure, Symptom
from bootproof.model.words import Safety, Stage
from bootproof.rules.dependencies._declaring import home, last_frame, requires, top
from bootproof.rules.dependencies._releases import asking, below, final, held_back, in_turn
from bootproof.rules.imports._statements import raised_at, statement_at
from bootproof.rules.registry import finding

CODE = "BP105"
YIELDS_TO = (
    "BP209",
    "BP701",  # a command line that a program refuses says nothing of the library that reads it
    # what the project itself passes, writes or leaves out explains the same failure better than two distributions do
    *("BP406", "BP407", "BP408", "BP412", "BP413", "BP414", "BP415", "BP419", "BP421"),
)


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """A finding for the library that raised and the distribution that it does not fit."""
    for failure in reversed(symptom.failures):
        pair = _pair(failure, facts, symptom)
        if pair is None:
            continue
        library, other = pair
        one, two = facts.installed(library), facts.installed(other)
        own = facts.declared(library)
        at = own if own and held_back(own) else facts.declared(other) or own
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
    """Lets a library that is held back be newer, or keeps the other one below its installed series."""
    library, other = str(finding.data["library"]), str(finding.data["other"])
    held, declared, installed = facts.declared(library), facts.declared(other), facts.installed(other)
    one = facts.installed(library)
    made: list[Fix | None] = []
    if held is not None and one is not None and held_back(held):
        loses = f"`{library}` may behave otherwise in a newer version"
        made.append(asking(facts, library, f">{one.version}", Safety.UNSAFE, loses))
    last = final(installed.version) if installed and declared else ""
    if last:
        loses = f"`{other}` may behave otherwise in its final release"
        made.append(asking(facts, other, last, Safety.UNSAFE, loses))
    older = below(installed.version) if installed else None
    if older is not None:
        rival = (Rival(f"a release of `{library}` that fits `{other}`, or another library in its place"),)
        made.append(asking(facts, other, older, Safety.SAFE, "", rival))
    return in_turn(made)


def _told(name: str, installed: Distribution | None) -> str:
    return f"`{name}` {installed.version}" if installed else f"`{name}`"


def _pair(failure: Failure, facts: Facts, symptom: Symptom) -> tuple[str, str] | None:
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
    # a request that a server handles goes through no own code either
    if symptom.stage not in (Stage.PRESTART, Stage.IMPORT) and not failure.own_frame:
        return None
    # the cause of an exception has only the frames behind the one that caught it: whose doing it was, the outer one tells
    told = failure if failure.own_frame else next((each for each in symptom.chain if each.own_frame), failure)
    frame = told.own_frame
    if frame is not None and statement_at(facts, frame.file, frame.line) is None:
        return None
    return _behind_an_import(failure, facts)


def _behind_an_import(failure: Failure, facts: Facts) -> tuple[str, str] | None:
    """The library whose import alone raises inside a distribution that it requires: no own code had a say."""
    frames = raised_at(failure)
    at = max((number for number, each in enumerate(frames) if each.own), default=-1)
    if failure.is_a("ModuleNotFoundError"):
        return None
    behind = [next(iter(facts.providers(each.module)), "") for each in frames[at + 1 :]]
    behind = [each for each in behind if each]
    other = behind[-1] if behind else ""
    for library in reversed(behind):
        if library != other:
            return (library, other) if _leads_to(facts, library, other) else None
    return None


def _leads_to(facts: Facts, library: str, other: str) -> bool:
    """Whether a library requires another one, itself or through what it requires."""
    seen, waiting = {library}, [library]
    while waiting:
        named = {str(canonicalize_name(each.name)) for each, extra in requires(facts, waiting.pop()) if not extra}
        if other in named:
            return True
        waiting += sorted(named - seen)
        seen |= named
    return False


def _suspects(failure: Failure, module: str, facts: Facts) -> list[str]:
    """Top-level modules that the library may have stumbled over."""
    name, owner = failure.facts.get("name"), failure.facts.get("owner")
    if failure.is_a("ImportError"):
        return [top(name)] if isinstance(name, str) and top(name) != top(module) else []
    found = [top(owner.removesuffix(":"))] if isinstance(owner, str) and owner.endswith(":") else []
    if failure.is_a("TypeError"):  # the class whose call was refused is quoted; a module must have it
        quoted = re.match(r"(\w+)\.__init__\(\)", failure.message)
        tops = sorted({each for one in _installed(facts, module) for each in one})
        found += [each for each in tops if quoted and facts.ask("has", module=each, name=quoted[1]) is True]
    if failure.is_a("ValueError", "AttributeError"):
        found += [each for each in module.split(".")[1:] if facts.providers(each)]
    # a compiled module, which has no line that raises, quotes what it was built against: `numpy.dtype`
    frame = last_frame(failure)
    compiled = failure.is_a("ValueError") and frame is not None and not frame.source.lstrip().startswith("raise")
    quoted_names = re.findall(r"(?<![\w.])([a-z_]\w*)\.\w+", failure.message) if compiled else []
    return found + [each for each in quoted_names if each != top(module)]


def _installed(facts: Facts, module: str) -> list[tuple[str, ...]]:
    """The top-level modules of what the library requires."""
    found = []
    for library in facts.providers(module):
        for parsed, extra in requires(facts, library):
            installed = facts.installed(str(canonicalize_name(parsed.name)))
            if installed is not None and not extra:
                found.append(installed.modules)
    return found
