"""Stands in for the audit, so that each of its endings can be had at will: exit codes, output, progress.

As a script it runs the real command line in a process of its own: `python fake_audit.py ENDING ARGUMENT…`.
"""

import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType

from bootproof.audit.errors import UsageProblem
from bootproof.model.report import Report

sys.path.insert(0, str(Path(__file__).parents[1] / "report"))
import sample_reports as samples


@dataclass(frozen=True)
class Options:
    """The options as the audit takes them."""

    root: Path
    app: str | None
    python: Path | None
    env_files: tuple[Path, ...]
    env: Mapping[str, str]
    database: str | None
    select: tuple[str, ...]
    ignore: tuple[str, ...]
    timeout: float
    allow: tuple[str, ...]
    constraints: Path | None = None
    unsafe: bool = False
    advice: bool = False


@dataclass(frozen=True)
class Progress:
    """One piece of progress."""

    stage: str
    text: str
    done: int | None = None
    total: int | None = None


def _crash() -> Report:
    raise RuntimeError(f"lost the zygote of {samples.URL}")


def _usage() -> Report:
    raise UsageProblem("no application in `backend`; name it with --app MODULE:NAME")


def _interrupt() -> Report:
    raise KeyboardInterrupt


def _wait() -> Report:
    try:
        print("now waiting", file=sys.stderr, flush=True)
        time.sleep(60)
    finally:
        print("cleaned up", file=sys.stderr, flush=True)
    return samples.healthy()


ENDINGS: dict[str, Callable[[], Report]] = {
    "healthy": samples.healthy,
    "broken": samples.broken,
    "mendable": lambda: replace(
        samples.broken(), findings=tuple(each for each in samples.findings() if each.code != "BP801")
    ),
    "unproved": samples.unproved,
    "placeholder": samples.only_placeholder,
    "advice": lambda: replace(samples.healthy(), findings=samples.findings()[:1]),
    "crash": _crash,
    "usage": _usage,
    "interrupt": _interrupt,
    "wait": _wait,
}


def module(ending: str, asked: list[Options] | None = None, restored: tuple[str, ...] = ()) -> ModuleType:
    """A module like `bootproof.audit.api` that ends so, and keeps the options that it was given."""
    made = ModuleType("bootproof.audit.api")

    def audit(options: Options, progress: Callable[[Progress], None]) -> Report:
        if asked is not None:
            asked.append(options)
        progress(Progress("import", f"trial with {samples.URL}", 1, 2))
        progress(Progress("import", f"trial with {samples.URL}", 2, 2))
        progress(Progress("ready", "the real server"))
        return ENDINGS[ending]()

    def fix(options: Options, report: Report, *, write: bool) -> Report:
        changes = samples.changed(applied=write) if report.findings else ()
        return replace(report, files_modified=changes, notes=())

    def undo(root: Path) -> tuple[str, ...]:
        return restored

    def recover(root: Path) -> tuple[str, ...]:
        return ()

    vars(made).update(Options=Options, Progress=Progress, audit=audit, fix=fix, recover=recover, undo=undo)
    return made


if __name__ == "__main__":
    sys.modules["bootproof.audit.api"] = module(sys.argv.pop(1), restored=(".env", "requirements.txt"))
    from bootproof.cli.main import main

    main()
