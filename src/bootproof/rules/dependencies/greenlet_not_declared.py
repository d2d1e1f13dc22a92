"""SQLAlchemy's asyncio extension has no greenlet

## What happens
The project uses `sqlalchemy.ext.asyncio`, and greenlet is not installed, because nothing that is declared
asks for it.

## Why the server cannot start
The extension runs the synchronous core in greenlets. Without the library it raises when it is imported, or
when the first connection is made. SQLAlchemy 2.1 no longer installs greenlet by itself, and libraries on
top of it do not ask for the extra.

## How to recognise it
The chain ends in a `ModuleNotFoundError` for `greenlet`, or an exception was raised in SQLAlchemy's
concurrency module, and greenlet is not installed.

## How it is fixed
The extra `asyncio` of SQLAlchemy is declared: on the line of `sqlalchemy`, or on a new line behind the
distribution that brings it.

## Fix safety
Safe: it declares what is used.

## References
SQLAlchemy documentation, "Asynchronous I/O (asyncio)", section "Asyncio Platform Installation Notes".
"""

from collections.abc import Iterable

from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix, Location
from bootproof.model.symptom import Symptom
from bootproof.rules.dependencies._declaring import bringer, declaring_extra, home, missing_module
from bootproof.rules.registry import finding

CODE = "BP103"


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """A finding where SQLAlchemy misses greenlet."""
    if facts.installed("greenlet") is not None:
        return
    for failure in symptom.failures:
        modules = [each.module for each in failure.frames]
        asked = missing_module(failure) == "greenlet" and any(each.startswith("sqlalchemy") for each in modules)
        raised = bool(modules) and modules[-1].startswith(
            ("sqlalchemy.util.concurrency", "sqlalchemy.util._concurrency")
        )
        if not asked and not raised:
            continue
        brings = facts.declared("sqlalchemy") or bringer(facts, "sqlalchemy")
        frame = next((each.own_frame for each in symptom.failures if each.own_frame), None)
        yield finding(
            __name__,
            "greenlet",
            file=brings.file if brings else home(facts),
            line=brings.line if brings else 1,
            cause="SQLAlchemy's asyncio extension is used, and greenlet, which it needs, is not declared",
            explanation="SQLAlchemy asks for it through its extra `asyncio` only, and nothing declares that.",
            related=(Location(frame.file, frame.line, note="uses the extension"),) if frame else (),
        )
        return


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """Declares the extra, on the line that declares SQLAlchemy if there is one."""
    return declaring_extra(facts, "sqlalchemy", "asyncio")
