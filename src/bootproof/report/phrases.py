"""The sentences that every format says in the same words."""

from collections.abc import Iterable
from dataclasses import dataclass

from bootproof.model.finding import Finding, Trial
from bootproof.model.project import Unreadable
from bootproof.model.report import Report
from bootproof.model.symptom import Refused
from bootproof.model.words import Meaning, Outcome, Safety, Severity, Verdict

ORDER = (Severity.BLOCKER, Severity.FAILURE, Severity.ADVICE)


@dataclass(frozen=True)
class Labels:
    """Short names of findings by their fingerprints."""

    names: dict[str, str]

    def __call__(self, fingerprint: str) -> str:
        return self.names.get(fingerprint, fingerprint)

    def join(self, fingerprints: Iterable[str]) -> str:
        """The labels in one line."""
        return ", ".join(self(each) for each in fingerprints)


def labels(report: Report) -> Labels:
    """`BP101 missing-driver`, with the place where two findings would have the same."""
    short = {each.fingerprint: f"{each.code} {each.name}" for each in report.findings}
    often = [name for name in short.values() if list(short.values()).count(name) > 1]
    return Labels(
        {
            each.fingerprint: short[each.fingerprint]
            + (f" at {each.file}:{each.line}" if short[each.fingerprint] in often else "")
            for each in report.findings
        }
    )


def ordered(report: Report) -> tuple[Finding, ...]:
    """Blockers, failures, advice; inside each as the report has them."""
    return tuple(sorted(report.findings, key=lambda each: ORDER.index(each.severity)))


def place(finding: Finding) -> str:
    """`file:line`, with the last line where there are several."""
    return f"{finding.file}:{span(finding.line, finding.end_line)}"


def span(line: int, end: int | None) -> str:
    """`5` or `5-10`."""
    return str(line) if end is None or end <= line else f"{line}-{end}"


def seconds(value: float) -> str:
    """`0.12 s`: two digits, as finer ones would not be the same again."""
    return f"{value:.2f} s"


def counted(number: int, word: str) -> str:
    """`1 blocker`, `2 blockers`; advice has no plural."""
    return f"{number} {word}" + ("" if number == 1 or word == "advice" else "s")


def counts(report: Report) -> str:
    """How many findings of each severity there are, in one line."""
    return ", ".join(
        counted(sum(1 for each in report.findings if each.severity is severity), severity.value)
        for severity in ORDER
    )


def effort(report: Report) -> str:
    """What the answer took, in one line."""
    return f"{counted(report.trials, 'trial')} in {seconds(report.seconds)}"


def as_it_stands(report: Report) -> str:
    """The verdict on the project as it stands, as a sentence without its full stop."""
    if report.verdict is Verdict.UNPROVED:
        return "cannot tell whether the server starts"
    severities = {each.severity for each in report.findings}
    if report.verdict is Verdict.FAILS:
        if Severity.FAILURE in severities and Severity.BLOCKER not in severities:
            return "the server starts, but a request or its shutdown fails"
        return "the server does not start"
    if Severity.FAILURE in severities:
        return "the server starts, but a request or its shutdown fails"
    return "the server comes up as it stands"


def with_fixes(report: Report) -> str:
    """The verdict on the project with every fix that needs no person, as a sentence without its full stop."""
    if report.fixed_verdict is Verdict.STARTS:
        ready = report.server.seconds_to_ready if report.server else None
        return "the server comes up" + (f", ready after {seconds(ready)}" if ready is not None else "")
    if report.fixed_verdict is Verdict.UNPROVED:
        wanted = needed(report.findings)
        return "cannot tell whether the server starts" + (f"; fill in {wanted}" if wanted else "")
    return "the server still does not start"


def needed(findings: Iterable[Finding]) -> str:
    """The variables that only a person can fill in, in one line; empty where there is none."""
    names = dict.fromkeys(name for each in findings if each.fix for name in each.fix.stand_ins)
    return ", ".join(f"`{name}`" for name in names)


def seen(finding: Finding) -> str:
    """How the finding came to be known."""
    if not finding.seen:
        return "in the source; no start stopped here"
    where = f" in stage {finding.stage.value}" if finding.stage else ""
    if finding.severity is Severity.FAILURE:
        return f"the server came up and failed here{where}"
    return f"the start stopped here{where}"


def ended(trial: Trial) -> str:
    """How a trial ended, in a few words: `fails in stage import: ImportError: …`."""
    where = f" in stage {trial.stage.value}" if trial.stage else ""
    said = f": {one_line(trial.seen)}" if trial.seen else ""
    verbs = {
        Outcome.STARTED: "starts",
        Outcome.FAILED: f"fails{where}",
        Outcome.TIMED_OUT: f"does not end in time{where}",
        Outcome.LIMIT: f"reaches a limit of the sandbox{where}",
        Outcome.BROKEN: f"is no evidence: bootproof could not hold this trial{where}",
    }
    return verbs[trial.outcome] + said


def evidence(finding: Finding) -> Trial | None:
    """The trial that withheld this finding's fix and failed: alone if there is one, else with others."""
    if finding.proof is None:
        return None
    failed = [
        each
        for each in finding.proof.trials
        if finding.fingerprint in each.withheld and each.outcome not in (Outcome.STARTED, Outcome.BROKEN)
    ]
    return min(failed, key=lambda each: len(each.withheld), default=None)


def proof(finding: Finding, named: Labels) -> str:
    """What the trials say of the finding."""
    if finding.proof is None:
        return "not tried"
    trial = evidence(finding)
    others = named.join(finding.proof.redundant_with)
    how = f": the start {ended(trial)} ({seconds(trial.seconds)})" if trial else ""
    both = f"without this fix alone it starts; also without {others or 'another'} it fails{how}"
    sentences = {
        Meaning.NECESSARY: f"with every fix but this one it fails for this very reason{how}",
        Meaning.ANOTHER_FAILURE: f"with every fix but this one it fails, with another diagnosis{how}",
        Meaning.REDUNDANT: both,
        Meaning.NOT_NEEDED: "without this fix it starts",
        Meaning.FLAKY: "cannot tell: the same trial gave different answers, so nothing is claimed",
        Meaning.SEEN: "the failure was seen; there is no fix that could be withheld",
        Meaning.UNPROVED: "cannot tell: a trial that would decide could not be held",
    }
    note = f". {finding.proof.note}" if finding.proof.note else ""
    return sentences[finding.proof.meaning] + note


def given(finding: Finding, named: Labels) -> str:
    """What the proof, or else the finding, presupposes; empty where it is nothing."""
    return named.join(finding.proof.given if finding.proof else finding.given)


def remedy(finding: Finding) -> str:
    """The fix in one sentence, with what it gives up or needs."""
    fix = finding.fix
    if fix is None:
        return "none is known"
    parts = [fix.title]
    if fix.loses:
        parts.append(f"gives up: {fix.loses}")
    if fix.stand_ins:
        parts.append("fill in " + ", ".join(f"`{name}`" for name in fix.stand_ins))
    return "; ".join(parts)


def asked_for(refused: Refused) -> str:
    """An outside address, and where the start asked for it."""
    stage = f" in stage {refused.stage.value}" if refused.stage else ""
    frame = f" by {refused.frame.file}:{refused.frame.line}" if refused.frame else ""
    return f"{refused.host}:{refused.port}{stage}{frame}"


def unreadable(file: Unreadable) -> str:
    """A file that could not be read, and why."""
    return f"{file.file}{f':{file.line}' if file.line else ''}: {file.reason}"


def left_over(finding: Finding) -> str:
    """Why a finding is not mended without a word of the user, and the next step."""
    fix = finding.fix
    if fix is None:
        return "no automatic fix is known"
    if fix.safety is Safety.PLACEHOLDER:
        return f"needs a person: {remedy(finding)}"
    if fix.safety is Safety.UNSAFE:
        return f"needs --unsafe: {remedy(finding)}"
    return remedy(finding)


def one_line(text: str) -> str:
    """The text without line ends."""
    return " ".join(text.split())


def mendable(report: Report) -> bool:
    """Whether a blocker or failure has a fix that needs no person."""
    return any(
        each.severity is not Severity.ADVICE
        and each.fix is not None
        and each.fix.safety is not Safety.PLACEHOLDER
        for each in report.findings
    )
