"""Where a name that a third-party module does not export lives now."""

import difflib
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
# Names that are gone, with what their authors name in their place, where no interpreter can tell. Each is taken only
# where the old name is gone and the new one is there. Sources: "What's new in Celery 5.0" (removed compat modules);
# Django 4.0 release notes ("Features removed in 4.0"); SQLAlchemy 2.1 change log (greenlet fallback removed).
_SUCCESSORS: Mapping[str, tuple[str, str]] = {
    "celery.task:task": ("celery", "shared_task"),
    "celery.decorators:task": ("celery", "shared_task"),
    "django.conf.urls:url": ("django.urls", "re_path"),
    "sqlalchemy.util.concurrency:await_fallback": ("sqlalchemy.util.concurrency", "await_only"),
    "sqlalchemy.util:await_fallback": ("sqlalchemy.util", "await_only"),
}
_NEAR = 0.82  # difflib's ratio: `ugettext_lazy` is like `gettext_lazy`, `getargspec` like `getfullargspec`
_KEPT_ASIDE = re.compile(r"(^|\.)(v\d+|_?compat|deprecated|legacy|contrib|testing|tests)(\.|$)")


@dataclass(frozen=True)
class Home:
    """A module that exports the name. `requirement`: the distribution to declare, "" where it is there.

    `name`: under which other name, "" for the same; `loses`: what taking it may change; `guess`: only the spelling
    speaks for it.
    """

    module: str
    requirement: str
    certain: bool
    name: str = ""
    loses: str = ""
    guess: bool = False


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
        return _other_name(facts, name, near)
    return Home(str(kin[0]["module"]), "", len({str(each["owner"]) for each in kin}) == 1)


def _other_name(facts: Facts, name: str, near: str) -> Home | None:
    """The documented successor of a name that is gone; else the name of the same module that is spelt nearly so."""
    module, successor = _SUCCESSORS.get(f"{near}:{name}", ("", ""))
    if module and facts.ask("has", module=module, name=successor) is True:
        return Home(module, "", False, successor, f"`{successor}` succeeds `{name}`, and need not do all that it did")
    public = [each for each in facts.exports(near) or () if not each.startswith("__") and each != name]
    found = difflib.get_close_matches(name, sorted(public), 1, _NEAR)
    if not found:
        return None
    return Home(near, "", False, found[0], f"that `{found[0]}` is what was meant by `{name}` is a guess", True)


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


def is_outside(facts: Facts, module: str) -> bool:
    """Whether a module comes from an installed distribution, or with the interpreter."""
    return bool(facts.providers(module)) or facts.exports(module.partition(".")[0]) is not None


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
