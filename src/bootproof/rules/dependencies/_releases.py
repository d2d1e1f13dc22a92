"""Other releases of a distribution: the specifiers that ask for newer or older ones, and the fix that declares them."""

import re
from collections.abc import Iterable
from dataclasses import replace

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

from bootproof.edits import dependencies
from bootproof.edits.errors import Refusal
from bootproof.edits.wording import with_specifier
from bootproof.model.facts import Facts
from bootproof.model.finding import Fix, Rival
from bootproof.model.project import Requirement
from bootproof.model.words import Safety
from bootproof.rules.dependencies._declaring import addition


def exact(declared: Requirement) -> str:
    """The one version that a requirement accepts, "" where it accepts several."""
    found = re.fullmatch(r"\s*={2,3}\s*([\w.]+)\s*", declared.specifier)
    return found[1] if found else ""


def held_back(declared: Requirement) -> bool:
    """Whether a requirement refuses releases to come."""
    try:
        asked = SpecifierSet(declared.specifier)
    except InvalidSpecifier:
        return False
    return not asked.contains("99999", prereleases=True)


def below(version: str) -> str | None:
    """The specifier of every older series: below the major version, below the minor one before 1.0."""
    numbers = re.match(r"(\d+)(?:\.(\d+))?", version)
    if numbers is None:
        return None
    major, minor = int(numbers[1]), int(numbers[2] or 0)
    return f"<{major}" if major else f"<0.{minor}" if minor else None


def earlier(version: str) -> tuple[str, ...]:
    """The specifiers of older releases: of the series before, as near as there is one, then of every older series."""
    numbers = re.match(r"(\d+)\.(\d+)", version)
    near = f"<{numbers[1]}.{numbers[2]}" if numbers and int(numbers[2]) else None
    return tuple(dict.fromkeys(each for each in (near, below(version)) if each))


def above(version: str) -> tuple[str, ...]:
    """The specifiers of newer releases: of the next series first, then of any."""
    try:
        known = Version(version)
    except InvalidVersion:
        return ()
    series = f">={known.major + 1}" if known.major else f">=0.{known.minor + 1}"
    return series, f">{version}"


def final(version: str) -> str:
    """The specifier of the final releases of a pre-release's series, "" for a version that is no pre-release."""
    known = Version(version)
    return f"~={'.'.join(map(str, (known.major, known.minor, 0)))}" if known.is_prerelease else ""


def asking(
    facts: Facts,
    name: str,
    specifier: str,
    safety: Safety,
    loses: str = "",
    rivals: tuple[Rival, ...] = (),
) -> Fix | None:
    """The fix that asks for other releases of a distribution: on its line, or on a new one where it has none."""
    declared = facts.declared(name)
    if declared is None:
        edit = addition(facts, f"{name}{specifier}")
        if edit is None:
            return None
        title = f"declare `{name}{specifier}`"
        return Fix(title, safety, (edit,), loses=loses, rivals=rivals, requires=(f"{name}{specifier}",))
    file = next((each for each in facts.project.dependencies if each.path == declared.file), None)
    text = facts.text(declared.file)
    wanted = with_specifier(declared.text.strip(), specifier)
    made = dependencies.pin(file, text, declared, specifier) if file and text is not None else None
    if made is None or isinstance(made, Refusal) or wanted is None:
        return None
    return Fix(f"declare `{wanted}`", safety, (made,), loses=loses, rivals=rivals, requires=(wanted,))


def in_turn(fixes: Iterable[Fix | None]) -> Fix | None:
    """The first of several fixes, with the others to be tried where it does not help; None of none."""
    made = [each for each in fixes if each is not None]
    return replace(made[0], otherwise=tuple(made[1:])) if made else None


def holding(facts: Facts, name: str, module: str, names: tuple[str, ...]) -> tuple[str, bool] | None:
    """The specifier of other releases of `name` that provide a module with names in it, and whether they are newer.

    Newer ones only where the requirement holds it back; None where no such release was found.
    """
    installed, declared = facts.installed(name), facts.declared(name)
    if installed is None:
        return None
    if declared is not None and held_back(declared):
        for specifier in above(installed.version):
            if facts.holds(f"{name}{specifier}", module, names):
                return specifier, True
    for older in earlier(installed.version):
        if facts.holds(f"{name}{older}", module, names):
            return older, False
    return None


def other_release(facts: Facts, name: str, specifier: str, newer: bool) -> Fix | None:
    """The fix that asks for such other releases, and says what that gives up."""
    what = f"`{name}` may behave otherwise in a newer version" if newer else f"newer releases of `{name}` are given up"
    return asking(facts, name, specifier, Safety.UNSAFE, what)
