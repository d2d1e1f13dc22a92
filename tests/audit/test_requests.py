"""What comes of failures after the start, by what the trials of each subset and the real server showed."""

from collections.abc import Callable, Iterable
from typing import Any, cast

from bootproof.audit.requests import Requested, mend_after
from bootproof.audit.theatre import Theatre, Tried
from bootproof.audit.variants import Plan
from bootproof.model.edit import Edit
from bootproof.model.finding import Finding, Fix
from bootproof.model.symptom import BrokenRequest, Failure, Symptom
from bootproof.model.words import Family, Meaning, Outcome, Safety, Severity, Stage

# by a set of fixes: the rules that know a request that fails; None where the trial cannot be held, "!X" where the start fails
Shows = Callable[[set[str]], Iterable[str] | None]


class Trials:
    """Stands for a theatre whose trials are known."""

    out_of_time = False

    def __init__(self, shows: Shows, server: Shows) -> None:
        self.shows, self.server, self.variants = shows, server, self
        self.held = 0

    def refusal(self, plan: Plan) -> str:
        return ""

    def warn(self, text: str) -> None:
        raise AssertionError(text)

    def rehearse(self, plan: Plan, probes: object) -> Symptom:
        self.held += 1
        return symptom(self.shows({each.code for each in plan}))

    def boot_cold(self, plan: Plan, probes: object) -> Symptom:
        return symptom(self.server({each.code for each in plan}))

    def facts(self, plan: Plan) -> Any:
        class Facts:
            class project:
                target = None

        return Facts

    def diagnosed(self, plan: Plan, seen: Symptom) -> Tried:
        if seen.outcome is Outcome.BROKEN:
            return Tried(plan, seen, ())
        return Tried(plan, seen, (found(seen.chain[0].message),))


def symptom(shows: Iterable[str] | None) -> Symptom:
    if shows is None:
        return Symptom(Outcome.BROKEN, note="no memory")
    names = list(shows)
    if names and names[0].startswith("!"):
        return Symptom(Outcome.FAILED, Stage.STARTUP, chain=(Failure("E", (), names[0][1:]),))
    return Symptom(
        Outcome.STARTED, requests=tuple(BrokenRequest("GET", f"/{each}", (Failure("E", (), each),), 500) for each in names)
    )


def found(code: str) -> Finding:
    fix = Fix(code, Safety.SAFE, (Edit("main.py", 0, 0, "", code),)) if code != "unknown" else None
    return Finding(code, code.lower(), Family.REQUESTS, "key", "main.py", 1, code, fix=fix)


def mended(shows: Shows, server: Shows | None = None, start: Plan = ()) -> Requested:
    trials = Trials(shows, server or shows)
    first = trials.boot_cold(start, None)
    said, _server = mend_after(cast(Theatre, cast(Any, trials)), start, first, lambda text: None)
    return said


def told(said: Requested) -> dict[str, tuple[Severity, Meaning, bool]]:
    return {
        each.code: (each.severity, each.proof.meaning, each.fix is not None) for each in said.findings if each.proof
    }


def codes(plan: Plan) -> set[str]:
    return {each.code for each in plan}


def test_each_fix_without_which_a_request_fails_is_a_failure() -> None:
    said = mended(lambda fixes: {"A", "B"} - fixes)
    assert told(said) == dict.fromkeys(("A", "B"), (Severity.FAILURE, Meaning.NECESSARY, True))
    assert codes(said.plan) == {"A", "B"}


def test_of_two_fixes_that_do_the_same_one_stays() -> None:
    said = mended(lambda fixes: () if fixes else ("A", "B"))
    assert codes(said.plan) == {"A"}
    assert told(said) == {
        "A": (Severity.FAILURE, Meaning.NECESSARY, True),
        "B": (Severity.ADVICE, Meaning.NOT_NEEDED, True),
    }


def test_a_fix_without_which_another_request_fails_is_needed() -> None:
    behind = {frozenset(): ("A",), frozenset("A"): ("B",), frozenset("B"): ("C",)}
    said = mended(lambda fixes: behind.get(frozenset(fixes), ()))
    assert codes(said.plan) == {"A", "B"}
    assert told(said)["A"] == (Severity.FAILURE, Meaning.ANOTHER_FAILURE, True)
    assert told(said)["B"] == (Severity.FAILURE, Meaning.NECESSARY, True)


def test_a_trial_that_could_not_be_held_says_nothing_of_the_fix() -> None:
    said = mended(lambda fixes: () if fixes == {"A", "B"} else ("A", "B") if not fixes else None)
    assert codes(said.plan) == {"A", "B"}
    assert {each[:2] for each in told(said).values()} == {(Severity.ADVICE, Meaning.UNPROVED)}


def test_where_the_fixes_could_not_be_tried_the_failure_is_told_and_nothing_is_written() -> None:
    said = mended(lambda fixes: None if fixes else ("A",), lambda fixes: ("A",))
    assert said.plan == ()
    assert told(said) == {"A": (Severity.FAILURE, Meaning.SEEN, False)}


def test_a_fix_that_does_not_help_is_none() -> None:
    said = mended(lambda fixes: ("A",))
    assert said.plan == ()
    assert told(said) == {"A": (Severity.FAILURE, Meaning.SEEN, False)}


def test_a_fix_after_which_it_does_not_start_is_none() -> None:
    said = mended(lambda fixes: ("!unknown",) if "A" in fixes else ("A",))
    assert "A" not in codes(said.plan)
    assert told(said)["A"] == (Severity.FAILURE, Meaning.SEEN, False)


def test_what_only_the_real_server_shows_is_told() -> None:
    said = mended(lambda fixes: {"A"} - fixes, lambda fixes: {"A", "unknown"} - fixes)
    assert told(said)["unknown"] == (Severity.FAILURE, Meaning.SEEN, False)
    assert told(said)["A"] == (Severity.FAILURE, Meaning.NECESSARY, True)


def test_of_a_fix_that_helps_in_trials_only_nothing_is_claimed() -> None:
    said = mended(lambda fixes: {"A"} - fixes, lambda fixes: {"A"})
    assert told(said) == {"A": (Severity.ADVICE, Meaning.FLAKY, True)}
    assert [each.severity for each in said.plan] == [Severity.ADVICE], "so that the set is not said to start"


def test_what_a_fix_of_the_start_leaves_broken_is_told_as_it_was_seen() -> None:
    said = mended(lambda fixes: ("A",), start=(found("A"),))
    assert codes(said.plan) == {"A"}
    assert told(said) == {"BP000": (Severity.FAILURE, Meaning.SEEN, False)}


def test_the_same_trial_with_two_answers_proves_nothing() -> None:
    answers = iter([("A",), (), (), ("A",)])

    def shows(fixes: set[str]) -> Iterable[str]:
        return next(answers)

    said = mended(shows, lambda fixes: {"A"} - fixes)
    assert told(said) == {"A": (Severity.ADVICE, Meaning.FLAKY, True)}
