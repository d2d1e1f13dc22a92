"""The report as a stability audit document: findings with their proof, criteria with their evidence."""

import re
from collections.abc import Iterator, Sequence

from bootproof.model.finding import Finding
from bootproof.model.report import Report, Server
from bootproof.model.symptom import Exchange
from bootproof.report import WIDTH, phrases
from bootproof.report.clean import cleaned
from bootproof.report.cycle import drawn

_LANGUAGES = {
    "py": "python",
    "pyi": "python",
    "toml": "toml",
    "yml": "yaml",
    "yaml": "yaml",
    "ini": "ini",
    "cfg": "ini",
    "json": "json",
    "sh": "bash",
    "md": "markdown",
    "mako": "mako",
}
_STATUS = {"met": "met", "not-met": "**not met**", "unproved": "cannot tell"}


def render(report: Report, *, colour: bool = False, width: int = WIDTH) -> str:
    """The report as Markdown (CommonMark with tables). `colour` and `width` change nothing."""
    report = cleaned(report)
    named = phrases.labels(report)
    parts = [*_head(report)]
    parts += ["## Findings"]
    found = phrases.ordered(report)
    if found:
        parts.append(_overview(found))
    else:
        parts.append("None.")
    for number, finding in enumerate(found, 1):
        parts += _finding(number, finding, named)
    parts += _criteria(report)
    parts += _servers(report)
    parts += _changes(report)
    parts += _limits(report)
    return "\n\n".join(parts) + "\n"


def _head(report: Report) -> Iterator[str]:
    target = report.project.target
    yield f"# Stability audit: {prose(report.project.root.name or 'project')}"
    yield (
        f"**{report.verdict.value}**: {prose(phrases.as_it_stands(report))}.  \n"
        f"With the fixes that need no person: **{report.fixed_verdict.value}**, "
        f"{prose(phrases.with_fixes(report))}."
    )
    rows = [("findings", phrases.counts(report)), ("effort", phrases.effort(report))]
    if target:
        rows.append(("target", code(target.spec) + f" in {code(target.file)}"))
        rows += [
            ("why this target", prose(_cited(each.text, each.file, each.line))) for each in target.evidence
        ]
    if report.environment:
        amount = phrases.counted(len(report.environment.distributions), "distribution")
        rows.append(("environment", f"Python {report.environment.version}, {amount}"))
    if report.created:
        rows.append(("date", report.created))
    if report.version:
        rows.append(("made by", f"bootproof {report.version}"))
    yield table(("", ""), rows)
    if report.stages:
        yield "## Stages"
        yield table(
            ("stage", "status", "seconds"),
            [(each.stage.value, each.status, f"{each.seconds:.2f}") for each in report.stages],
        )


def _overview(found: tuple[Finding, ...]) -> str:
    return table(
        ("", "severity", "code", "where", "root cause", "fix"),
        [
            (
                str(number),
                each.severity.value,
                each.code,
                code(phrases.place(each)),
                prose(each.cause),
                each.fix.safety.value if each.fix else "none",
            )
            for number, each in enumerate(found, 1)
        ],
    )


def _finding(number: int, finding: Finding, named: phrases.Labels) -> Iterator[str]:
    yield f"### {number}. {finding.severity.value} {finding.code} {finding.name}"
    rows = [
        ("file", code(finding.file)),
        ("lines", phrases.span(finding.line, finding.end_line)),
        ("root cause", prose(finding.cause)),
        ("seen", prose(phrases.seen(finding))),
        ("fix", (finding.fix.safety.value + ": " if finding.fix else "") + prose(phrases.remedy(finding))),
    ]
    if given := phrases.given(finding, named):
        rows.append(("given", prose(given)))
    yield table(("", ""), rows)
    if lines := drawn(finding):
        yield fenced("\n".join(lines), "text")
    elif finding.related:
        yield "\n".join(
            f"* {code(f'{each.file}:{phrases.span(each.line, each.end_line)}')} {prose(each.note)}".rstrip()
            for each in finding.related
        )
    language = language_of(finding.file)
    if finding.old:
        yield "Old code:"
        yield fenced(finding.old, language)
    if finding.new:
        yield "New code:"
        yield fenced(finding.new, language)
    if finding.explanation:
        yield "Explanation: " + prose(finding.explanation)
    if finding.fix and finding.fix.rivals:
        yield "Rival repairs, not applied:"
        yield "\n".join(
            f"* {prose(each.title)}" + (f" ({prose(each.reason)})" if each.reason else "")
            for each in finding.fix.rivals
        )
    yield "Proof: " + prose(phrases.proof(finding, named)) + "."
    if finding.proof and finding.proof.trials:
        yield table(
            ("withheld", "the start", "diagnosed", "seconds", "how"),
            [
                (
                    prose(named.join(each.withheld)) or "nothing",
                    prose(phrases.ended(each)),
                    prose(named.join(each.diagnosed)),
                    f"{each.seconds:.2f}",
                    prose("; ".join(part for part in ("cold" if each.cold else "forked", each.note) if part)),
                )
                for each in finding.proof.trials
            ],
        )


def _criteria(report: Report) -> Iterator[str]:
    if report.criteria:
        yield "## Success criteria"
        yield table(
            ("id", "criterion", "status", "evidence"),
            [
                (each.id, prose(each.text), _STATUS.get(each.status, each.status), prose(each.evidence))
                for each in report.criteria
            ],
        )


def _servers(report: Report) -> Iterator[str]:
    server = report.server
    if server:
        yield "## The last real server"
        facts = [f"command: {code(server.command)}"] if server.command else []
        facts += [f"port: {server.port}"] if server.port is not None else []
        if server.seconds_to_ready is not None:
            facts.append(f"ready after {phrases.seconds(server.seconds_to_ready)}")
        if facts:
            yield "\n".join(f"* {each}" for each in facts)
        yield from _log("### Startup log", server)
        if server.exchanges:
            yield "### Transcripts"
            yield from (_transcript(each) for each in server.exchanges)
        if server.routers:
            yield "### Routers"
            yield fenced("\n".join(server.routers), "text")
    if report.untouched and report.untouched.log.strip():
        yield from _log("## What the untouched project printed", report.untouched)


def _log(title: str, server: Server) -> Iterator[str]:
    if server.log.strip():
        yield title
        yield fenced(server.log, "text")


def _transcript(exchange: Exchange) -> str:
    lines = [f"> {exchange.method} {exchange.path}"]
    if exchange.request_body:
        lines += ["> " + line for line in exchange.request_body.splitlines()]
    status = "no answer" if exchange.status is None else str(exchange.status)
    lines.append("< " + " ".join(part for part in (status, exchange.content_type) if part))
    lines += ["< " + line for line in exchange.body.splitlines()]
    return fenced("\n".join(lines), "text")


def _changes(report: Report) -> Iterator[str]:
    if not report.files_modified:
        yield "## Files modified"
        yield "None: an audit changes no file of the project."
        return
    applied = any(each.applied for each in report.files_modified)
    yield "## Files modified" if applied else "## Files that the fixes would modify"
    for each in report.files_modified:
        yield f"### {code(each.path)}"
        yield fenced(each.diff, "diff")
    yield "## Backups"
    backups = [f"* {code(each.path)}: {code(each.backup)}" for each in report.files_modified if each.backup]
    yield "\n".join(backups) if backups else "None: no file was changed."


def _limits(report: Report) -> Iterator[str]:
    if report.refused:
        yield "## What the start needs"
        yield "Outside addresses that it asked for and that the sandbox refused. They are no faults."
        yield "\n".join(f"* {prose(phrases.asked_for(each))}" for each in report.refused)
    if report.project.unreadable:
        yield "## Files that could not be read"
        yield "\n".join(f"* {prose(phrases.unreadable(each))}" for each in report.project.unreadable)
    yield "## What was not tried"
    yield "\n".join(f"* {prose(each)}" for each in report.not_tried) or "Nothing was left out."
    notes = report.project.notes + report.notes
    if notes:
        yield "## Notes"
        yield "\n".join(f"* {prose(each)}" for each in notes)


def table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """A table of cells that are Markdown already; bars and line ends inside them are made harmless."""
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(_cell(each) for each in row) + " |" for row in lines)


def fenced(text: str, language: str) -> str:
    """A code block whose fence is longer than any inside it."""
    text = text.rstrip("\n")
    longest = max((len(run) for run in re.findall(r"`{3,}", text)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"


def code(text: str) -> str:
    """A code span that holds whatever the text holds."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{pad}{phrases.one_line(text)}{pad}{fence}"


def prose(text: str) -> str:
    """Text in which only backticks mean something: what else Markdown or HTML would eat is escaped."""
    pieces = re.split(r"(`[^`\n]+`)", phrases.one_line(text))
    return "".join(
        each if index % 2 else re.sub(r"([\\*_\[\]])", r"\\\1", each).replace("<", "&lt;")
        for index, each in enumerate(pieces)
    )


def language_of(file: str) -> str:
    """The name that highlighters know a file's language by."""
    name = file.rpartition("/")[2]
    if name.startswith("Dockerfile"):
        return "dockerfile"
    if name.startswith(".env"):
        return "dotenv"
    if name == "Pipfile":
        return "toml"
    return _LANGUAGES.get(name.rpartition(".")[2], "text")


def _cited(text: str, file: str | None, line: int | None) -> str:
    where = f" (`{file}:{line}`)" if file and line else f" (`{file}`)" if file else ""
    return text + where


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", "<br>")
