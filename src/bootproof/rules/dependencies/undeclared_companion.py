"""A library asks for an optional distribution that is not declared

## What happens
A library that the project uses needs another distribution for what it is asked to do (a form parser, a
template engine, a validator, a signer of cookies), and does not install it by itself.

## Why the server cannot start
The library looks for it while the application is loaded or started, and raises.

## How to recognise it
An installed library, not the project, tried to import the missing module; or the library raised, and its
message quotes a distribution which its own metadata lists as optional, or an extra of its own, and which is not installed.

## How it is fixed
The distribution is declared, with the lower bound that the library's metadata gives; or the extra, on the library's line.

## Fix safety
Safe: the name comes from the library's own metadata, or was verified to provide the module.

## References
Core metadata specification, "Provides-Extra" and "Requires-Dist".
"""

import re
from collections.abc import Iterable

from packaging.utils import canonicalize_name

from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix, Location
from bootproof.model.symptom import Failure, Symptom
from bootproof.rules.dependencies._declaring import (
    bringer,
    declaring,
    declaring_extra,
    from_dialect,
    home,
    is_own,
    last_frame,
    missing_module,
    optionals,
    place,
    top,
    worded,
)
from bootproof.rules.registry import finding

CODE = "BP104"
YIELDS_TO = ("BP102", "BP103", "BP209")


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """A finding for the distribution that a library asked for."""
    for failure in reversed(symptom.failures):
        asked = (
            _imported(failure, facts) or _quoted(failure, facts) or _extra(failure, facts) or _asserted(failure, facts)
        )
        if asked is None:
            continue
        library, name, requirement = asked
        what = f"its extra `{name.partition('[')[2].rstrip(']')}`" if name.startswith(f"{library}[") else f"`{name}`"
        frame = next((each.own_frame for each in symptom.failures if each.own_frame), None)
        file, line = place(facts, library)
        yield finding(
            __name__,
            name,
            file=home(facts),
            line=line if file == home(facts) else 1,
            cause=f"`{library}` needs {what} for what is asked of it here, and nothing declares it",
            explanation=f"`{library}` does not install it by itself; it looks for it when it is used.",
            related=(Location(frame.file, frame.line, note="asks for it"),) if frame else (),
            data={"requirement": requirement},
        )
        return


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """Declares the distribution, or the library's own extra."""
    requirement = str(finding.data["requirement"])
    library, bracket, rest = requirement.partition("[")
    if bracket and finding.key == requirement:
        return declaring_extra(facts, library, rest.rstrip("]"))
    return declaring(facts, requirement)


def _imported(failure: Failure, facts: Facts) -> tuple[str, str, str] | None:
    """The library that tried to import a missing module, the distribution, its requirement."""
    module, frame = missing_module(failure), last_frame(failure)
    if module is None or frame is None or frame.own or from_dialect(failure) or is_own(facts, module):
        return None
    if facts.providers(module):
        return None
    library = _library(facts, frame.module)
    if library is None:
        return None
    alike = {str(canonicalize_name(top(module))), f"python-{canonicalize_name(top(module))}"}
    for each in optionals(facts, library):
        if each.name in alike:
            # an extra that is named after it (`redis`) is meant whole; of `full` or `all` nothing else was asked for
            whole = _whole_extra(facts, library, each.extra) if canonicalize_name(each.extra) in alike else ""
            return (library, whole, whole) if whole else (library, each.name, worded(each))
    offered = facts.offers(module)
    return (library, offered[0], offered[0]) if offered else None


def _whole_extra(facts: Facts, library: str, extra: str) -> str:
    """The extra, of the declared distribution that has it, where more than one thing of it is missing; else ""."""
    if len({each.extra for each in optionals(facts, library)}) == 1:
        return ""  # a library's only extra is for whoever wants everything
    missing = {each.name for each in optionals(facts, library) if each.extra == extra and facts.installed(each.name) is None}
    if len(missing) < 2:
        return ""
    if facts.declared(library) is None:
        brings = bringer(facts, library)
        above = [each for each in optionals(facts, brings.name) if each.extra == extra] if brings else []
        if brings is not None and any(each.name == library for each in above):
            return f"{brings.name}[{extra}]"
    return f"{library}[{extra}]"


def _quoted(failure: Failure, facts: Facts) -> tuple[str, str, str] | None:
    """A library raised and quoted one of its own optional distributions that is not installed."""
    frame = last_frame(failure)
    if (
        missing_module(failure)
        or frame is None
        or frame.own
        or not failure.is_a("RuntimeError", "ImportError", "AssertionError", "ValueError")
    ):
        return None
    words = {
        str(canonicalize_name(each)) for each in re.findall(r"[A-Za-z][A-Za-z0-9._-]*[A-Za-z0-9]", failure.message)
    }
    tops = dict.fromkeys(top(each.module) for each in reversed(failure.frames) if not each.own and each.module)
    for library in dict.fromkeys(each for module in tops for each in facts.providers(module)):
        for each in optionals(facts, library):
            if each.name in words and facts.installed(each.name) is None:
                return library, each.name, worded(each)
    return None


def _asserted(failure: Failure, facts: Facts) -> tuple[str, str, str] | None:
    """A library asserted that a module which it takes where it finds it was found: `assert orjson is not None`."""
    frame = last_frame(failure)
    said = re.match(r"assert (\w+) is not None\b", frame.source) if frame is not None and not frame.own else None
    if frame is None or said is None or not failure.is_a("AssertionError") or facts.providers(said[1]):
        return None
    library, offered = _library(facts, frame.module), facts.offers(said[1])
    return (library, offered[0], offered[0]) if library and offered else None


def _extra(failure: Failure, facts: Facts) -> tuple[str, str, str] | None:
    """A library raised and quoted an extra of its own, of which something is not installed."""
    frame = last_frame(failure)
    if frame is None or frame.own or not failure.is_a("RuntimeError", "ImportError", "AssertionError", "ValueError"):
        return None
    library = _library(facts, frame.module)
    quoted = set(re.findall(r"[\[\"'`]([A-Za-z0-9._-]+)[\]\"'`]", failure.message))
    for each in optionals(facts, library) if library else ():
        if each.extra in quoted and facts.installed(each.name) is None:
            return str(library), f"{library}[{each.extra}]", f"{library}[{each.extra}]"
    return None


def _library(facts: Facts, module: str) -> str | None:
    return next(iter(facts.providers(module)), None)
