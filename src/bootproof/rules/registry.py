"""Finds the rules by walking the package: a rule file is registered by being there."""

import functools
import importlib
import pkgutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from bootproof import rules
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix
from bootproof.model.symptom import Symptom
from bootproof.model.words import Family

Diagnose = Callable[[Symptom, Facts], Iterable[Finding]]
Scan = Callable[[Facts], Iterable[Finding]]
Mend = Callable[[Finding, Facts], Fix | None]


@dataclass(frozen=True)
class Rule:
    """One rule: its stable code, its name (the file's), its page (the module's docstring) and its two eyes."""

    code: str
    name: str
    family: Family
    page: str
    diagnose: Diagnose | None
    scan: Scan | None
    fix: Mend | None
    yields: frozenset[str]  # codes of rules whose finding on the same failure says more than this one's

    @property
    def summary(self) -> str:
        """The first line of the page."""
        return self.page.partition("\n")[0]


@functools.cache
def all_rules() -> tuple[Rule, ...]:
    """Every rule, by code."""
    found = []
    for folder in pkgutil.iter_modules(rules.__path__):
        if not folder.ispkg:
            continue
        package = importlib.import_module(f"{rules.__name__}.{folder.name}")
        for each in pkgutil.iter_modules(package.__path__):
            if not each.name.startswith("_"):
                found.append(_rule(importlib.import_module(f"{package.__name__}.{each.name}")))
    return tuple(sorted(found, key=lambda rule: rule.code))


def _rule(module: ModuleType) -> Rule:
    code = module.CODE
    return Rule(
        code=code,
        name=module.__name__.rpartition(".")[2].replace("_", "-"),
        family=Family(int(code[2])),
        page=(module.__doc__ or "").strip(),
        diagnose=getattr(module, "diagnose", None),
        scan=getattr(module, "scan", None),
        fix=getattr(module, "fix", None),
        yields=frozenset(getattr(module, "YIELDS_TO", ())),
    )


def finding(module: str, key: str, *, file: str, line: int, cause: str, **more: object) -> Finding:
    """A finding of the rule in module `module` (its `__name__`): code, name and family come from the rule."""
    rule = importlib.import_module(module)
    code: str = rule.CODE
    name = module.rpartition(".")[2].replace("_", "-")
    fields: dict[str, Any] = {"key": key, "file": file, "line": line, "cause": cause, **more}
    return Finding(code=code, name=name, family=Family(int(code[2])), **fields)


@dataclass(frozen=True)
class RulePage:
    """What `explain` and `rules` show."""

    code: str
    name: str
    family: Family
    summary: str
    page: str


def pages() -> tuple[RulePage, ...]:
    """The page of every rule, by code."""
    return tuple(RulePage(each.code, each.name, each.family, each.summary, each.page) for each in all_rules())
