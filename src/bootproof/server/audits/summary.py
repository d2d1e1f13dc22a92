"""An audit in brief as Markdown, as a status in a pull request shows it: what changed since the audit before."""

from collections.abc import Iterator

from bootproof.report.markdown import code, prose, table
from bootproof.report.phrases import counted
from bootproof.server.audits.comparing import Comparison, Found
from bootproof.server.audits.service import AuditLine

MOST = 20  # findings of one part; the rest is counted
_VERDICTS = {"starts": "✅ starts", "fails": "❌ fails", "unproved": "⚪ cannot tell"}
_SHORT = 12  # characters of a commit


def summary(project: str, audit: AuditLine, before: AuditLine | None, changes: Comparison, url: str) -> str:
    """The audit in brief; `url` is the address of its page. Texts of the report are escaped."""
    return "\n\n".join(_parts(project, audit, before, changes, url)) + "\n"


def _parts(project: str, audit: AuditLine, before: AuditLine | None, changes: Comparison, url: str) -> Iterator[str]:
    yield f"### {prose(project)}: {_VERDICTS[audit.verdict]}"
    counts = ((audit.blockers, "blocker"), (audit.failures, "failure"), (audit.advice, "advice"))
    told = ", ".join(counted(number, word) for number, word in counts)
    of = f" of {code(audit.commit[:_SHORT])}" if audit.commit else ""
    on = f" on {code(audit.branch)}" if audit.branch else ""
    yield f"[Audit {audit.id}]({url}){of}{on}: {told}. {_since(before)}"
    parts = (("New", changes.new), ("Gone", changes.gone), ("Still there", changes.still))
    for title, found in parts if before else (("Found", changes.new),):
        if found:
            yield f"**{title}: {len(found)}**"
            yield _listed(found)


def _since(before: AuditLine | None) -> str:
    if before is None:
        return "It is the first audit of this project."
    commit = f" of {code(before.commit[:_SHORT])}" if before.commit else ""
    return f"The audit before{commit}: {_VERDICTS[before.verdict]}."


def _listed(found: list[Found]) -> str:
    rows = [(each.severity, each.code, code(f"{each.file}:{each.line}"), prose(each.cause)) for each in found[:MOST]]
    more = f"\n\n… and {len(found) - MOST} more" if len(found) > MOST else ""
    return table(("severity", "code", "where", "root cause"), rows) + more
