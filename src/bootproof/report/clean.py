"""A report that is safe to show: no secret in it, and nothing that could drive a terminal."""

import re
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from pathlib import PurePath
from types import MappingProxyType
from typing import cast

from bootproof.model.environment import Environment
from bootproof.model.finding import Finding, Fix
from bootproof.model.masking import MASK, known_secrets, mask
from bootproof.model.project import Project
from bootproof.model.report import Report

_ESCAPE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|.)", re.DOTALL)
# C0 and C1 without tab and line end, and the marks that turn the direction of text (CVE-2021-42574).
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def cleaned(report: Report) -> Report:
    """The same report, every text of it masked and freed of control characters.

    What no format shows is emptied, so that no format can show it: values of settings, stand-ins, the data
    that a rule keeps for itself. The names of the stand-ins stay.
    """
    secrets = known_secrets(report.project.settings)
    seen: dict[str, str] = {}

    def wash(text: str) -> str:
        if text not in seen:
            seen[text] = mask(plain(text), secrets)
        return seen[text]

    return cast(Report, _walk(replace(report, project=_shown(report.project)), wash))


def plain(text: str) -> str:
    """`text` without escape sequences and control characters, and always encodable."""
    text = _ESCAPE.sub("", text.replace("\r\n", "\n"))
    return _CONTROL.sub("", text).encode("utf-8", "replace").decode()


def _shown(project: Project) -> Project:
    return replace(project, settings=(), fields=(), dependencies=(), routers=(), migrations=(), imports=())


def _walk(value: object, wash: Callable[[str], str]) -> object:
    if isinstance(value, (Enum, PurePath)):
        return value
    if isinstance(value, str):
        return wash(value)
    if isinstance(value, tuple):
        return tuple(_walk(each, wash) for each in value)
    if isinstance(value, Mapping):
        return MappingProxyType({key: _walk(each, wash) for key, each in value.items()})
    if isinstance(value, Environment):  # hundreds of names and versions, none of them a text of the project
        return replace(value, advice=tuple(wash(each) for each in value.advice))
    if isinstance(value, Fix):
        value = replace(value, stand_ins=MappingProxyType(dict.fromkeys(value.stand_ins, MASK)))
    if isinstance(value, Finding):
        value = replace(value, data=MappingProxyType({}))
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{each.name: _walk(getattr(value, each.name), wash) for each in fields(value)})
    return value
