"""What `fix` did or would do, for the terminal: changes, backups, what remains."""

from collections.abc import Iterator

from bootproof.model.report import FileChange, Report
from bootproof.model.words import Severity, Verdict
from bootproof.report import WIDTH, phrases
from bootproof.report.clean import cleaned
from bootproof.report.outcome import pressing, remaining, verdict_after_fix
from bootproof.report.terminal import NARROWEST, Page, painter

_AFTER = {
    Verdict.STARTS: "the server comes up",
    Verdict.FAILS: "the server does not start yet",
    Verdict.UNPROVED: "cannot tell whether the server starts",
}


def diff(report: Report, *, colour: bool = False) -> str:
    """The changes as unified diffs, masked; empty where there is nothing to change."""
    return "".join(_coloured(each, colour) for each in cleaned(report).files_modified)


def render(report: Report, *, unsafe: bool = False, colour: bool = False, width: int = WIDTH) -> str:
    """What was changed, where the backups are, what remains and the next step, and the verdict after it."""
    report = cleaned(report)
    page = Page(max(width, NARROWEST), painter(colour))
    blocks = [
        list(each) for each in (_changed(report, page), _left(report, page, unsafe), _end(report, unsafe))
    ]
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


def _changed(report: Report, page: Page) -> Iterator[str]:
    applied = [each for each in report.files_modified if each.applied]
    shown = [each for each in report.files_modified if not each.applied]
    if not report.files_modified:
        yield "nothing to change"
    yield from page.listed("changed", (each.path for each in applied))
    yield from page.listed("backups", (f"{each.path}: {each.backup}" for each in applied if each.backup))
    yield from page.listed("would change", (each.path for each in shown))


def _left(report: Report, page: Page, unsafe: bool) -> Iterator[str]:
    yield from page.listed(
        "what remains",
        (
            f"{each.severity.value}[{each.code}] {phrases.place(each)}: {each.cause}; "
            + phrases.left_over(each)
            for each in remaining(report, unsafe=unsafe)
        ),
    )
    yield from page.listed("notes", report.notes)


def _end(report: Report, unsafe: bool) -> Iterator[str]:
    left = remaining(report, unsafe=unsafe)
    mended = len(pressing(report)) - len(left)
    advice = sum(1 for each in report.findings if each.severity is Severity.ADVICE)
    after = verdict_after_fix(report, unsafe=unsafe)
    if not report.files_modified:
        yield f"as it stands: {report.verdict.value}, {phrases.as_it_stands(report)}"
    else:
        applied = any(each.applied for each in report.files_modified)
        yield f"{'after it' if applied else 'with it'}: {after.value}, {_AFTER[after]}"
    counts = f"{mended} mended, {len(left)} remaining, {phrases.counted(advice, 'advice')}"
    yield f"{counts}; {phrases.effort(report)}"


def _coloured(change: FileChange, colour: bool) -> str:
    text = change.diff if change.diff.endswith("\n") or not change.diff else change.diff + "\n"
    if not colour:
        return text
    paint = painter(colour)
    colours = {"+": "green", "-": "red", "@": "cyan"}
    return "".join(
        paint(line, colours[line[0]], False) + "\n" if line[:1] in colours else line + "\n"
        for line in text.splitlines()
    )
