"""What a fix leaves behind, and the verdict after it."""

from bootproof.model.finding import Finding
from bootproof.model.report import Report
from bootproof.model.words import Safety, Severity, Verdict


def pressing(report: Report) -> tuple[Finding, ...]:
    """Blockers and failures: what `fix` is for."""
    return tuple(each for each in report.findings if each.severity is not Severity.ADVICE)


def remaining(report: Report, *, unsafe: bool) -> tuple[Finding, ...]:
    """Blockers and failures that `fix` does not mend by itself; `unsafe`: unsafe fixes are wanted."""
    return tuple(each for each in pressing(report) if not _mended(each, unsafe))


def verdict_after_fix(report: Report, *, unsafe: bool) -> Verdict:
    """Whether the project starts once the fixes are applied: never better than what was proved."""
    if remaining(report, unsafe=unsafe):
        return Verdict.FAILS  # each of them is proved, and stand-ins are never written
    return report.fixed_verdict if pressing(report) else report.verdict


def _mended(finding: Finding, unsafe: bool) -> bool:
    if finding.fix is None:
        return False
    return finding.fix.safety is Safety.SAFE or (unsafe and finding.fix.safety is Safety.UNSAFE)
