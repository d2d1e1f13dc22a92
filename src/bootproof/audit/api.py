"""The three things that a caller can ask for: audit, fix, undo."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from bootproof.audit.errors import UsageProblem
from bootproof.model.finding import Finding
from bootproof.model.report import FileChange, Report
from bootproof.model.words import Safety, Severity

if TYPE_CHECKING:
    from bootproof.rehearsal.company import Company


@dataclass(frozen=True)
class Options:
    """What the user asked for. `timeout` is seconds for one boot; the whole audit ends within twenty of them."""

    root: Path
    app: str | None = None
    python: Path | None = None
    env_files: tuple[Path, ...] = ()
    env: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    database: str | None = field(default=None, repr=False)
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    timeout: float = 60.0
    allow: tuple[str, ...] = ()
    constraints: Path | None = None
    unsafe: bool = False
    advice: bool = False


@dataclass(frozen=True)
class Progress:
    """How far an audit is: the stage of the flow, what is being done, and a count where there is one."""

    stage: str
    text: str
    done: int | None = None
    total: int | None = None


Tell = Callable[[Progress], None]


def audit(options: Options, progress: Tell, company: "Company | None" = None) -> Report:
    """The report on one project. Raises UsageProblem for what cannot be audited. Changes no file of the user's.

    `company` is what many audits share.
    """
    from bootproof.audit.engine import run

    return run(options, progress, company)


def fix(options: Options, report: Report, *, write: bool) -> Report:
    """The report with `files_modified` filled; with `write` the user's files are changed, all or nothing.

    Blockers and failures with safe fixes; unsafe ones where `options.unsafe`, advice where `options.advice`.
    Raises UsageProblem where the tree cannot take the change; nothing was written then.
    """
    from bootproof.audit.snippets import changes
    from bootproof.edits.apply import apply
    from bootproof.edits.errors import EditError
    from bootproof.edits.journal import commit
    from bootproof.model.masking import known_secrets, mask
    from bootproof.project.sources import Sources

    chosen = tuple(each for each in report.findings if _wanted(each, options))
    sources = Sources(report.project.root)
    secrets = known_secrets(report.project.settings)
    try:
        files = apply([edit for each in chosen if each.fix for edit in each.fix.edits], sources.text)
    except EditError as problem:
        raise UsageProblem(f"The fixes cannot be applied together: {problem}") from problem
    made = changes(files, sources.text, lambda text: mask(text, secrets))
    if not write or not files:
        return replace(report, files_modified=made)
    before = {path: sources.text(path) for path in files}
    try:
        entry = commit(report.project.root, files, before=before)
    except EditError as problem:
        raise UsageProblem(str(problem)) from problem
    backups = {record.path: entry.backup(record) for record in entry.records if record.backup}
    applied = tuple(FileChange(each.path, each.diff, backups.get(each.path), True) for each in made)
    return replace(report, files_modified=applied)


def recover(root: Path) -> tuple[str, ...]:
    """The paths that an interrupted `fix` had half written and that were put back; call it before an audit that
    is to be followed by `fix`. Raises UsageProblem where that needs a person.
    """
    from bootproof.edits.errors import EditError
    from bootproof.edits.journal import recover as put_back

    try:
        return tuple(put_back(root)) if root.is_dir() else ()
    except EditError as problem:
        raise UsageProblem(str(problem)) from problem


def undo(root: Path) -> tuple[str, ...]:
    """The paths that were put back, to the byte, over all fixes that were applied.

    Raises UsageProblem where that would lose somebody's work.
    """
    from bootproof.edits.errors import EditError
    from bootproof.edits.journal import undo as put_back

    if not root.is_dir():
        raise UsageProblem(f"`{root}` is not a folder: name the folder that was fixed")
    try:
        return tuple(put_back(root, everything=True))
    except EditError as problem:
        raise UsageProblem(str(problem)) from problem


def _wanted(finding: Finding, options: Options) -> bool:
    if finding.fix is None or not finding.fix.edits:
        return False
    if finding.severity is Severity.ADVICE and not options.advice:
        return False
    return finding.fix.safety is Safety.SAFE or (options.unsafe and finding.fix.safety is Safety.UNSAFE)
