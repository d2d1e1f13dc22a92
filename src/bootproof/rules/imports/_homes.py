"""Where a name that a third-party module does not export lives now."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from bootproof.model.facts import Facts

# Distributions that were split off another one. Candidates only: each is verified to hold the name.
_SPLIT: Mapping[str, tuple[str, ...]] = {
    "pydantic": ("pydantic-settings", "pydantic-extra-types"),
    "langchain": ("langchain-openai", "langchain-community", "langchain-classic", "langchain-text-splitters"),
}
_KEPT_ASIDE = re.compile(r"(^|\.)(v\d+|_?compat|deprecated|legacy|contrib|testing|tests)(\.|$)")


@dataclass(frozen=True)
class Home:
    """A module that exports the name. `requirement`: the distribution to declare, "" where it is there."""

    module: str
    requirement: str
    certain: bool


def home(facts: Facts, name: str, near: str, message: str = "") -> Home | None:
    """The best module to import a name from in place of `near`; None where none was found."""
    split = _split_off(facts, name, near, message)
    found = [
        each
        for each in cast("list[Mapping[str, Any]]", facts.ask("homes", name=name, near=near) or [])
        if each["module"] != near and not any(part.startswith("_") for part in str(each["module"]).split("."))
    ]
    current = [each for each in found if not _KEPT_ASIDE.search(str(each["module"]))]
    if split is not None and not (current and _same_family(str(current[0]["module"]), near)):
        return split
    # a namesake in an unrelated library is another thing
    kin = [
        each
        for each in current
        if _same_family(str(each["module"]), near) or _brought(facts, str(each["module"]), near)
    ]
    if not kin:
        return None
    return Home(str(kin[0]["module"]), "", len({str(each["owner"]) for each in kin}) == 1)


def _split_off(facts: Facts, name: str, near: str, message: str) -> Home | None:
    top = near.partition(".")[0]
    # a distribution that the message quotes, in the words of the library's authors
    quoted = [
        each
        for each in re.findall(r"[`'\"]([A-Za-z][\w.-]*[A-Za-z0-9])[`'\"]", message)
        if each not in (name, near, top)
    ]
    for distribution in dict.fromkeys([*(each.lower().replace("_", "-") for each in quoted), *_SPLIT.get(top, ())]):
        module = distribution.replace("-", "_")
        if not module.startswith(f"{top}_"):
            continue
        if facts.providers(module):
            if name in (facts.exports(module) or ()):
                return Home(module, "" if facts.declared(distribution) else distribution, True)
            continue
        if distribution in facts.offers(module, [name]):
            return Home(module, distribution, True)
    return None


def _same_family(module: str, near: str) -> bool:
    return module.partition(".")[0] == near.partition(".")[0]


def _brought(facts: Facts, module: str, near: str) -> bool:
    """Whether the distribution behind `near` itself requires the one behind `module`."""
    wanted = set(facts.providers(module))
    for library in facts.providers(near):
        for text in cast("list[str]", facts.ask("extras", name=library) or []):
            plain = re.split(r"[^A-Za-z0-9._-]", text, maxsplit=1)[0].lower().replace("_", "-").replace(".", "-")
            if plain in wanted and "extra ==" not in text:
                return True
    return False
