"""What a proof comes to, by what the trials of each subset showed: what is written is what was booted."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

from bootproof.audit.proof import Proved, prove
from bootproof.audit.theatre import Theatre, Tried
from bootproof.audit.variants import Plan
from bootproof.model.finding import Finding
from bootproof.model.symptom import Symptom
from bootproof.model.words import Family, Meaning, Outcome, Severity, Stage

Shows = Callable[[set[str]], str]


class Trials:
    """Stands for a theatre whose trials are known: what is diagnosed with a set of fixes, "" where it starts."""

    out_of_time = False

    def __init__(self, shows: Shows) -> None:
        self.shows = shows

    def rehearse(self, plan: Plan) -> Symptom:
        return self.try_out(plan).symptom

    def try_out(self, plan: Plan) -> Tried:
        seen = self.shows({each.code for each in plan})
        symptom = Symptom(Outcome.FAILED if seen else Outcome.STARTED, Stage.IMPORT if seen else None)
        return Tried(plan, symptom, (found(seen),) if seen else ())


def found(code: str, *given: str) -> Finding:
    fingerprints = tuple(found(each).fingerprint for each in given)
    return Finding(code, code.lower(), Family.IMPORTS, "key", "main.py", 1, code, given=fingerprints)


def proved(shows: Shows, *findings: Finding) -> Proved:
    with ThreadPoolExecutor(1) as pool:
        return prove(cast(Theatre, cast(Any, Trials(shows))), findings, pool)


def severities(said: Proved) -> dict[str, tuple[Severity, Meaning]]:
    return {each.code: (each.severity, each.proof.meaning) for each in said.plan if each.proof}


def test_what_is_not_needed_goes_without_what_only_seemed_to_presuppose_it() -> None:
    said = proved(lambda fixes: "" if "B" in fixes else "B", found("A"), found("B", "A"))
    assert severities(said) == {"B": (Severity.BLOCKER, Meaning.NECESSARY)}
    assert [each.code for each in said.not_needed] == ["A"]


def test_what_is_not_needed_takes_along_what_presupposes_it() -> None:
    said = proved(lambda fixes: "B" if "A" in fixes and "B" not in fixes else "", found("A"), found("B", "A"))
    assert said.plan == ()
    assert {each.code for each in said.not_needed} == {"A", "B"}


def test_a_fix_without_which_another_failure_shows_is_mended_with_the_others() -> None:
    said = proved(lambda fixes: "" if fixes == {"A", "B"} else "C" if "A" not in fixes else "B", found("A"), found("B"))
    assert severities(said) == {"A": (Severity.BLOCKER, Meaning.ANOTHER_FAILURE), "B": (Severity.BLOCKER, Meaning.NECESSARY)}


def test_trials_that_contradict_each_other_prove_nothing() -> None:
    answers = iter(["", "", "A"])  # without A it starts, starts again, and then does not
    said = proved(lambda fixes: "" if fixes else next(answers), found("A"))
    assert said.flaky
    assert severities(said) == {"A": (Severity.ADVICE, Meaning.FLAKY)}
