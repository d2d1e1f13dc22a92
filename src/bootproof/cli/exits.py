"""Exit codes, as scripts and CI rely on them."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bootproof.model.report import Report
    from bootproof.model.words import Verdict

STARTS = 0
FAILS = 1
USAGE = 2
FAULT = 3
UNPROVED = 4
PIPE = 141  # 128 + SIGPIPE: the reader of our output went away
INTERRUPTED = 130  # 128 + SIGINT

_VERDICTS = {"starts": STARTS, "fails": FAILS, "unproved": UNPROVED}


def of_verdict(verdict: "Verdict") -> int:
    """The code of a verdict alone."""
    return _VERDICTS[verdict.value]


def of_report(report: "Report") -> int:
    """1 for any blocker or failure, whatever the verdict; else the code of the verdict."""
    if any(each.severity != "advice" for each in report.findings):
        return FAILS
    return of_verdict(report.verdict)
