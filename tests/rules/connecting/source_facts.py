"""A failure told by hand over a source tree, and what a rule makes of it: nothing is installed, nothing is run."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import Any

from bootproof.edits.apply import apply
from bootproof.model.finding import Finding, Fix
from bootproof.model.symptom import Failure, Frame, Symptom
from bootproof.model.words import Outcome, Stage
from tests.rules.reading_facts import facts_of

APP = "from fastapi import FastAPI\n\napp = FastAPI()\n"
ENGINE = "sqlalchemy.ext.asyncio.engine.AsyncEngine"
CONNECTION = "sqlalchemy.ext.asyncio.engine.AsyncConnection"
SESSION = "sqlalchemy.ext.asyncio.session.AsyncSession"
FACTORY = "sqlalchemy.ext.asyncio.session.async_sessionmaker"
# what the installed SQLAlchemy answers, as tests/rehearsal/test_described.py has the real one asked
GIVES = {
    f"{ENGINE}.begin": {"how": "async with", "type": CONNECTION},
    f"{ENGINE}.connect": {"how": "", "type": CONNECTION},
    f"{FACTORY}.__call__": {"how": "", "type": SESSION},
    "sqlalchemy.ext.asyncio.create_async_engine": {"how": "", "type": ENGINE},
}
_ASYNC = {"protocols": ["async with", "await"], "coroutines": ["execute", "scalar", "run_sync", "commit", "close"]}
SPEAKS: Mapping[str, Mapping[str, Any]] = {
    CONNECTION: {**_ASYNC, "attributes": ["begin", "close", "commit", "execute", "run_sync", "scalar"]},
    SESSION: {**_ASYNC, "attributes": ["add", "close", "commit", "execute", "scalar"]},
    ENGINE: {"protocols": [], "coroutines": ["dispose"], "attributes": ["begin", "connect", "dispose", "url"]},
    FACTORY: {"protocols": [], "coroutines": [], "attributes": ["begin", "configure"]},
}


def answered(question: str, about: Mapping[str, Any]) -> object:
    """What the project's interpreter would say of SQLAlchemy's asynchronous side."""
    if question == "gives":
        return GIVES.get(str(about["path"]).replace(":", "."))
    return SPEAKS.get(str(about["path"])) if question == "speaks" else None


def line_of(text: str, words: str) -> int:
    """The line that holds these words."""
    return next(number for number, line in enumerate(text.splitlines(), 1) if words in line)


def failed(type_: str, frames: Iterable[tuple[str, int]], message: str = "", behind: Iterable[str] = (), **facts: object) -> Failure:
    """A failure with own frames (file, line), outermost first, and modules of the frames behind them."""
    own = tuple(Frame(file, line, "function", "own", own=True) for file, line in frames)
    more = tuple(Frame(f"/lib/{each}.py", 1, "call", each, own=False) for each in behind)
    return Failure(type_, (type_, "Exception", "BaseException"), message, own + more, MappingProxyType(facts))


def seen(*chain: Failure, stage: Stage = Stage.STARTUP, **more: Any) -> Symptom:
    return Symptom(Outcome.FAILED, stage, chain, **more)


def found(rule: ModuleType, root: Path, files: dict[str, str], symptom: Symptom) -> tuple[Finding | None, Fix | None, Any]:
    """The rule's one finding, its fix, and the facts."""
    facts = facts_of(root, {"main.py": APP, **files}, answered)
    findings = list(rule.diagnose(symptom, facts))
    assert len(findings) < 2
    return (findings[0], rule.fix(findings[0], facts), facts) if findings else (None, None, facts)


def mended(fix: Fix | None, facts: Any, file: str) -> str:
    """The text of a file after the fix."""
    assert fix is not None
    text = apply(list(fix.edits), facts.text)[file]
    return text.decode()
