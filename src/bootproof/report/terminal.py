"""The report as a compiler would print it: what, where, how we know, why, one next step."""

import textwrap
from collections.abc import Callable, Iterable, Iterator

from bootproof.model.finding import Finding
from bootproof.model.report import Report, Server
from bootproof.model.words import Severity, Verdict
from bootproof.report import WIDTH, phrases
from bootproof.report.clean import cleaned
from bootproof.report.cycle import drawn

NARROWEST = 40
MOST_CODE = 8  # lines of old or new code that are shown
MOST_LOG = 12

_COLOURS = {Severity.BLOCKER: "red", Severity.FAILURE: "yellow", Severity.ADVICE: "cyan"}
_VERDICTS = {Verdict.STARTS: "green", Verdict.FAILS: "red", Verdict.UNPROVED: "yellow"}
_STATUS = {"passed": "green", "failed": "red"}

Paint = Callable[[str, str, bool], str]


def render(report: Report, *, colour: bool = False, width: int = WIDTH) -> str:
    """The report as text of at most `width` columns (code and paths are never broken)."""
    report = cleaned(report)
    page = Page(max(width, NARROWEST), painter(colour))
    named = phrases.labels(report)
    blocks: list[list[str]] = [[_title(report)]]
    blocks += [list(page.finding(each, named)) for each in phrases.ordered(report)]
    blocks.append(list(page.stages(report)))
    blocks.append(list(page.unexplained(report)))
    needs = [
        f"{phrases.asked_for(each)}; reach it with: bootproof audit --allow {each.host}"
        for each in report.refused
    ]
    blocks.append(list(page.listed("what the start needs: outside addresses that were refused", needs)))
    blocks.append(
        list(
            page.listed(
                "files that could not be read",
                (phrases.unreadable(each) for each in report.project.unreadable),
            )
        )
    )
    blocks.append(list(page.listed("not tried", report.not_tried)))
    blocks.append(list(page.changes(report)))
    blocks.append(list(page.listed("notes", report.project.notes + report.notes)))
    blocks.append(list(page.verdict(report)))
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


def _title(report: Report) -> str:
    target = report.project.target
    parts = [report.project.root.name or "project", target.spec if target else "no application target"]
    if report.environment:
        parts.append(f"Python {report.environment.version}")
        parts.append(phrases.counted(len(report.environment.distributions), "distribution"))
    return "bootproof: " + ", ".join(parts)


def painter(colour: bool) -> Paint:
    """Colours a text (text, colour, bold), or leaves it as it is."""
    if not colour:
        return lambda text, _colour, _bold: text
    from click import style

    return lambda text, name, bold: style(text, fg=name, bold=bold or None)


class Page:
    """Lays lines out in a width, in colour or not."""

    def __init__(self, width: int, paint: Paint) -> None:
        self._width = width
        self._paint = paint

    def finding(self, finding: Finding, named: phrases.Labels) -> Iterator[str]:
        """One finding in the order of a compiler's message."""
        head = f"{finding.severity.value}[{finding.code}]"
        lines = self._wrapped(f"{head}: ", finding.cause, "  ")
        painted = self._paint(head, _COLOURS[finding.severity], True)
        yield painted + lines[0].removeprefix(head)
        yield from lines[1:]
        yield "  --> " + self._paint(phrases.place(finding), "cyan", False)
        yield from self._code(finding)
        yield from (f"   {line}" for line in drawn(finding))
        yield from self._point("seen", phrases.seen(finding))
        yield from self._point("because", phrases.one_line(finding.explanation))
        if finding.fix:
            yield from self._point(f"fix ({finding.fix.safety.value})", phrases.remedy(finding))
        else:
            yield from self._point("fix", phrases.remedy(finding))
        yield from self._point("given", phrases.given(finding, named))
        yield from self._point("proof", phrases.proof(finding, named))
        rivals = finding.fix.rivals if finding.fix else ()
        for rival in rivals:
            reason = f" ({rival.reason})" if rival.reason else ""
            yield from self._point("rivals", rival.title + reason)
        if not drawn(finding):
            for each in finding.related:
                yield from self._point("also", f"{each.file}:{each.line} {each.note}".rstrip())
        yield from self._point("more", f"bootproof explain {finding.code}")

    def stages(self, report: Report) -> Iterator[str]:
        """The stages and how long each took."""
        if report.stages:
            yield "stages"
        for each in report.stages:
            status = self._paint(f"{each.status:<12}", _STATUS.get(each.status, "yellow"), False)
            yield f"  {each.stage.value:<10} {status} {phrases.seconds(each.seconds):>9}"

    def unexplained(self, report: Report) -> Iterator[str]:
        """The end of what the server printed, where it did not come up and no finding says why."""
        explained = any(each.severity is not Severity.ADVICE for each in report.findings)
        if report.verdict is Verdict.STARTS or explained:
            return
        yield from self._log("what the project printed last", report.untouched)

    def listed(self, title: str, items: Iterable[str]) -> Iterator[str]:
        """A title and its items, or nothing at all."""
        lines = [line for item in items for line in self._wrapped("  - ", phrases.one_line(item), "    ")]
        if lines:
            yield title
            yield from lines

    def changes(self, report: Report) -> Iterator[str]:
        """The files that were changed, and where their backups are."""
        done = [each for each in report.files_modified if each.applied]
        yield from self.listed(
            "files modified",
            (f"{each.path}" + (f", backup: {each.backup}" if each.backup else "") for each in done),
        )

    def verdict(self, report: Report) -> Iterator[str]:
        """The answer in one or two lines, and the counts."""
        word = self._paint(report.verdict.value, _VERDICTS[report.verdict], True)
        yield f"verdict: {word}, {phrases.as_it_stands(report)}"
        if report.verdict is not Verdict.STARTS or phrases.ORDER[0] in {
            each.severity for each in report.findings
        }:
            fixed = self._paint(report.fixed_verdict.value, _VERDICTS[report.fixed_verdict], True)
            yield f"with the fixes that need no person: {fixed}, {phrases.with_fixes(report)}"
        yield f"{phrases.counts(report)}; {phrases.effort(report)}"

    def _code(self, finding: Finding) -> Iterator[str]:
        if not finding.old and not finding.new:
            return
        yield "   |"
        lines = [line for line in f"{finding.old}\n{finding.new}".split("\n") if line.strip()]
        margin = min((len(line) - len(line.lstrip()) for line in lines), default=0)
        yield from self._side("-", finding.old, "red", margin)
        yield from self._side("+", finding.new, "green", margin)
        yield "   |"

    def _side(self, sign: str, code: str, colour: str, margin: int) -> Iterator[str]:
        """One side of a change; both keep their indentation against each other, or a moved line would look the same."""
        lines = [line[margin:] for line in code.rstrip("\n").split("\n")] if code else []
        for line in lines[:MOST_CODE]:
            yield "   " + self._paint(f"{sign} {line}".rstrip(), colour, False)
        if len(lines) > MOST_CODE:
            yield f"   {sign} … {phrases.counted(len(lines) - MOST_CODE, 'more line')}"

    def _log(self, title: str, server: Server | None) -> Iterator[str]:
        lines = server.log.rstrip("\n").split("\n") if server and server.log.strip() else []
        if lines:
            yield title
            yield from (f"  | {line}" for line in lines[-MOST_LOG:])

    def _point(self, label: str, text: str) -> list[str]:
        return self._wrapped(f"   = {label}: ", text, "     ") if text else []

    def _wrapped(self, head: str, text: str, hang: str) -> list[str]:
        return textwrap.wrap(
            text,
            self._width,
            initial_indent=head,
            subsequent_indent=hang,
            break_long_words=False,
            break_on_hyphens=False,
        ) or [head.rstrip()]
